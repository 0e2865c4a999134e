"""What becomes of a timeline's statuses, poll by poll, and of answers of any shape; the answers are given, see stand_in.py."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config import Source
from crawlers.errors import RateLimited, Refused, Unreachable
from crawlers.outcome import Outcome
from crawlers.platforms.mastodon.watch import PATIENCE, Watch
from records import make_post_id
from tests.crawlers.conftest import make_source
from tests.crawlers.stand_in import Answer, Say, read

BASE = "https://m.example"
YEAR_ONE = "0001-01-01T00:00:00+14:00"
NOW = datetime.now(UTC)  # the spider dates what it sees by the clock


def now() -> datetime:
    return datetime.now(UTC)


def source(**fields: Any) -> Source:
    return make_source(BASE, kind="mastodon", author_kind="person", **fields)


def status(number: int, age: timedelta = timedelta(minutes=5), **fields: Any) -> dict[str, Any]:
    uri = f"{BASE}/s/{number}"
    return {
        "id": str(number),
        "uri": uri,
        "url": uri,
        "created_at": (NOW - age).isoformat(),
        "content": f"<p>Post {number}</p>",
        "account": {"acct": "ana"},
        **fields,
    }


def in_json(data: object, code: int = 200) -> Answer:
    return Answer(json.dumps(data), code, {"Content-Type": "application/json"})


class Server:
    """Pages and lookups of a list of statuses; ``over`` puts other answers in their place."""

    def __init__(self, *statuses: dict[str, Any], **over: Say) -> None:
        self.by_id = {item["id"]: item for item in statuses}
        self.over = over

    def answers(self) -> dict[str, Say | Callable[[str], Say]]:
        single: Callable[[str], Say] = lambda url: self._one(url.rpartition("/")[2])  # noqa: E731
        return {
            f"{BASE}/api/v2/instance": in_json({"domain": "m.example"}),
            f"{BASE}/api/v1/timelines/public": self.over.get("timeline", self._page),
            f"{BASE}/api/v1/statuses": self.over.get("batch", self._batch),
            **{f"{BASE}/api/v1/statuses/{number}": self.over.get("single", single) for number in range(1, 300)},
        }

    def _page(self, url: str) -> Answer:
        query = parse_qs(urlsplit(url).query)
        low, high = int(query.get("min_id", ["0"])[0]), int(query.get("max_id", ["9999999"])[0])
        found = sorted(number for number in map(int, self.by_id) if low < number < high)
        page = found[:40] if "min_id" in query else found[-40:]
        return in_json([self.by_id[str(number)] for number in reversed(page)])

    def _batch(self, url: str) -> Answer:
        wanted = parse_qs(urlsplit(url).query).get("id[]", [])
        return in_json([self.by_id[number] for number in wanted if number in self.by_id])

    def _one(self, number: str) -> Answer:
        return in_json(self.by_id[number]) if number in self.by_id else in_json({"error": "not found"}, 404)


# Shapes


@pytest.mark.parametrize("field", ["created_at", "edited_at"])
def test_a_status_dated_before_the_calendar_costs_itself_only(field: str) -> None:
    run = read(source(), Server(status(1), {**status(2), field: YEAR_ONE}, status(3)).answers(), started=now())
    assert (run.outcome, len(run.posts), run.rejected, run.tally.fault) == ("ok", 2, ["bad_shape"], None)
    server = Server(status(1), status(2), status(3))
    first = read(source(), server.answers(), started=now())
    again = Server(status(3), batch=in_json([{**status(1), field: YEAR_ONE}, status(2)]))
    second = read(source(), again.answers(), before=first, started=now())
    assert (second.outcome, second.rejected, second.tally.fault) == ("ok", ["bad_shape"], None)


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=8)
    | st.sampled_from(
        ["public", YEAR_ONE, "9999-12-31T23:59:59-14:00", "2026-11-01T00:00:00Z", "../x", "12", "\ud800"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["acct", "name", "id"]), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELDS = sorted({*status(1), "edited_at", "language", "spoiler_text", "visibility", "reblog", "tags", "replies_count"})


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(ANYTHING, st.dictionaries(st.sampled_from(FIELDS), ANYTHING, max_size=4)), max_size=3))
def test_any_json_lands_is_rejected_or_is_counted(changes: list[Any]) -> None:
    """Statuses with some fields replaced by anything, and things that are no statuses at all."""
    odd = [
        {**status(number), **change} if isinstance(change, dict) else change for number, change in enumerate(changes, 1)
    ]
    given = Server(timeline=in_json(odd), batch=in_json(odd), single=in_json(odd[0] if odd else None))
    run = read(source(), given.answers(), started=now())
    assert run.tally.fault is None
    assert run.adds_up()
    again = read(source(), given.answers(), before=run, started=now() + timedelta(hours=2))
    assert again.tally.fault is None
    assert again.adds_up()


# Windows


def test_one_status_with_an_old_date_does_not_cover_the_years_behind_it() -> None:
    for odd in (1, 2, 3):
        ages = {number: timedelta(minutes=60 - number) for number in (1, 2, 3)} | {odd: timedelta(days=4000)}
        run = read(source(), Server(*(status(number, age) for number, age in ages.items())).answers(), started=now())
        begin, _ = run.window
        assert begin is not None
        assert begin > NOW - timedelta(hours=2)


def test_a_capped_run_claims_no_time_that_is_still_to_come() -> None:
    small = source(limits={"pages": 2})
    hour = timedelta(hours=1)
    first = read(small, Server(status(1, 3 * hour), status(2, 2 * hour)).answers(), started=NOW - hour)
    many = {number: status(number, timedelta(0)) for number in range(1, 200)}
    for ahead in (21, 81, 82):
        server = Server(*{**many, ahead: status(ahead, timedelta(hours=-20))}.values())
        run = read(small, server.answers(), before=first, started=now())
        assert (run.tally.counts["limit_pages"], run.window) == (1, (NOW - hour, NOW)), (
            "what it reached, not what one says"
        )


def test_the_ids_of_another_server_count_for_nothing() -> None:
    first = read(source(), Server(status(200), status(201)).answers(), started=now())
    cursor = {**first.spider.cursor, "server": "old.example"}
    run = read(source(), Server(status(1), status(2)).answers(), cursor=cursor, started=now())
    assert (len(run.posts), run.removed) == (2, [])


# Consent and deletion


def test_a_landed_status_whose_author_no_longer_wants_it_is_removed() -> None:
    first = read(source(), Server(status(1), status(2), status(3)).answers(), started=now())
    noindex = {"acct": "ana", "noindex": True}
    changed = Server(status(1, account=noindex), status(2, visibility="unlisted"), status(3))
    second = read(source(), changed.answers(), before=first, started=now())
    assert set(second.removed) == {make_post_id("fediverse", f"{BASE}/s/{number}") for number in (1, 2)}
    assert second.tally.not_landed == {"noindex": 1, "not_public": 1}
    assert read(source(), changed.answers(), before=second, started=now()).removed == [], "once"


def aged(cursor: dict[str, Any], by: timedelta) -> dict[str, Any]:
    """A cursor whose statuses were first seen that much earlier."""
    watch = {key: [post, seen - by.total_seconds(), *rest] for key, (post, seen, *rest) in cursor["watch"].items()}
    return {**cursor, "watch": watch}


@pytest.mark.parametrize("unclear", [Answer(status=503), Answer(status=403), Answer("<html>"), Answer("[1]")])
def test_an_answer_that_says_nothing_ends_no_watch(unclear: Answer) -> None:
    first = read(source(), Server(status(1), status(2)).answers(), started=now())
    cursor = aged(first.spider.cursor, timedelta(days=31))
    run = read(source(), Server(status(2), batch=unclear, single=unclear).answers(), cursor=cursor, started=now())
    assert (run.outcome, run.removed, run.tally.counts["recheck_unknown"]) == ("ok", [], 1)
    assert run.window[1] is not None, "the timeline was read"
    back = run.spider.cursor["watch"]["1"]
    assert back[2:4] == [0, 1], "no recheck is done"
    waiting = read(source(), Server(status(2)).answers(), cursor=run.spider.cursor, started=now())
    assert waiting.tally.counts["recheck_unknown"] == 0, "not asked again at once"
    later = {**run.spider.cursor, "watch": {"1": [*back[:4], 0]}}
    assert read(source(), Server(status(2)).answers(), cursor=later, started=now()).removed == [back[0]]


@pytest.mark.parametrize("fault", [Refused(Outcome.ROBOTS_DENIED, "robots.txt forbids it"), Unreachable("no answer")])
def test_a_recheck_that_cannot_be_made_is_a_remark(fault: Exception) -> None:
    first = read(source(), Server(status(1), status(2)).answers(), started=now())
    run = read(source(), Server(status(2), batch=fault).answers(), before=first, started=now())
    assert (run.outcome, run.tally.counts["recheck_failed"]) == ("ok", 1)
    limited = Server(status(2), batch=RateLimited("m.example", NOW + timedelta(hours=1)))
    assert read(source(), limited.answers(), before=first, started=now()).outcome == "rate_limited"


def test_not_found_is_believed_only_where_the_same_lookup_finds_what_is_there() -> None:
    numbers = range(1, 31)
    first = read(source(), Server(*map(status, numbers)).answers(), started=now())
    lost = in_json({"error": "not found"}, 404)
    astray = Server(*(status(number) for number in range(20, 31)), batch=lost, single=lost)
    doubted = read(source(), astray.answers(), before=first, started=now())
    assert (doubted.removed, doubted.tally.counts["removal_doubted"]) == ([], 19)
    assert "not believed" in doubted.spider.message
    cursor = doubted.spider.cursor
    later = {
        **cursor,
        "watch": {key: [*kept[:3], *([1, 0] if kept[3:] else [])] for key, kept in cursor["watch"].items()},
    }
    mended = Server(*(status(number) for number in range(20, 31)))
    assert len(read(source(), mended.answers(), cursor=later, started=now()).removed) == 19


def test_nothing_is_missing_from_an_empty_timeline() -> None:
    first = read(source(), Server(*map(status, range(1, 11))).answers(), started=now())
    closed = Server(timeline=in_json([]))
    run = read(source(), closed.answers(), before=first, started=now())
    assert (run.outcome, run.removed) == ("empty", [])
    due = read(source(), closed.answers(), cursor=aged(first.spider.cursor, timedelta(days=2)), started=now())
    assert (due.removed, due.tally.counts["removal_doubted"]) == ([], 10)


def test_unclear_answers_are_asked_again_ever_later_and_end() -> None:
    start = datetime(2026, 3, 1, tzinfo=UTC)
    watch = Watch({"1": ["post-1", int(start.timestamp()), 0]})
    moment, waits = start, []
    for _ in range(PATIENCE - 1):
        assert not watch.unclear("1", moment)
        asked = moment
        while not watch.may_ask("1", moment):
            moment += timedelta(minutes=30)
        waits.append((moment - asked) / timedelta(hours=1))
    assert waits == [1, 2, 4, 8, 16, 32]
    assert Watch(watch.dump()[0]).unclear("1", moment), "the count is kept in the cursor"
    watch.checked("1", moment)
    assert watch.dump()[0]["1"][3:] == []
