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
from crawlers.platforms.mastodon.recheck import BATCH, SINGLES
from crawlers.task import RecheckOf
from ledger import Watched
from records import FEDIVERSE, make_post_id
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
    assert (second.outcome, second.tally.fault) == ("ok", None)
    assert second.rechecked == {post_id(1): "unknown", post_id(2): "present"}


KEYS = ["acct", "name", "id", "note", "noindex", "count", "options", "title", "quote", "quoted_status", "state", "url"]
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=8)
    | st.sampled_from(
        ["public", YEAR_ONE, "9999-12-31T23:59:59-14:00", "2026-11-01T00:00:00Z", "../x", "12", "\ud800"]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=6,
)
FIELDS = sorted({*status(1), "edited_at", "language", "spoiler_text", "visibility", "reblog", "tags", "replies_count"})
FIELDS += ["poll", "local_only", "emoji_reactions", "reactions", "pleroma", "quote", "media_attachments"]


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


SAID = st.sampled_from(
    [
        "configuration",
        "timelines_access",
        "live_feeds",
        "local",
        "remote",
        "pleroma",
        "metadata",
        "restrict_unauthenticated",
        "timelines",
        "federated",
        "activities",
        "domain",
        "uri",
    ]
)
INSTANCE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["public", "disabled", "", "m.example", "https://["]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(SAID, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=100, deadline=None)
@given(INSTANCE, st.dictionaries(st.just("configuration"), st.dictionaries(SAID, INSTANCE, max_size=2), max_size=1))
def test_whatever_a_server_says_of_itself_it_is_read_or_not_and_nothing_breaks(said: Any, more: dict[str, Any]) -> None:
    told = {**said, **more} if isinstance(said, dict) else said
    server = Server(status(1))
    run = read(source(), {**server.answers(), f"{BASE}/api/v2/instance": in_json(told)}, started=now())
    assert run.tally.fault is None
    assert run.outcome in ("ok", "blocked", "failed")
    assert bool(run.posts) is (run.outcome == "ok")


OLD = st.dictionaries(st.sampled_from(["1", "2", "x"]), st.lists(ANYTHING | st.just("a" * 32), max_size=5), max_size=2)
CURSOR = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("server", "timeline", "mark", "covered_to", "access", "watch", "recent"), ANYTHING | OLD),
)


@settings(max_examples=60, deadline=None)
@given(CURSOR)
def test_any_cursor_is_taken_over_or_begun_anew(cursor: dict[str, Any]) -> None:
    run = read(source(), Server(status(1), status(2)).answers(), cursor=cursor, started=now())
    assert run.tally.fault is None
    again = read(source(), Server(status(1), status(2)).answers(), before=run, started=now())
    assert (again.outcome, again.tally.fault) == ("ok", None)


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


def post_id(number: int) -> str:
    return make_post_id(FEDIVERSE, f"{BASE}/s/{number}")


def due(*numbers: int, server: str = "m.example") -> tuple[RecheckOf, ...]:
    """Statuses whose recheck has come, as the ledger's queue gives them."""
    return tuple(RecheckOf(post_id=post_id(number), lookup=f"{server}/{number}") for number in numbers)


LOST = in_json({"error": "not found"}, 404)


@pytest.mark.parametrize("unclear", [Answer(status=503), Answer(status=403), Answer("<html>"), Answer("[1]")])
def test_an_answer_that_says_nothing_is_no_deletion_and_no_failure(unclear: Answer) -> None:
    server = Server(status(2), status(4), batch=unclear, single=unclear)
    run = read(source(), server.answers(), started=now(), rechecks=due(1, 3))
    assert (run.outcome, run.rechecked) == ("ok", {post_id(1): "unknown", post_id(3): "unknown"})
    assert run.window[1] is not None, "the timeline was read"


@pytest.mark.parametrize("fault", [Refused(Outcome.ROBOTS_DENIED, "robots.txt forbids it"), Unreachable("no answer")])
def test_a_recheck_that_cannot_be_made_says_nothing(fault: Exception) -> None:
    server = Server(status(2), batch=fault, single=fault)
    assert read(source(), server.answers(), started=now(), rechecks=due(1, 3)).rechecked == {
        post_id(1): "unknown",
        post_id(3): "unknown",
    }
    one = read(source(), Server(status(2), single=fault).answers(), started=now(), rechecks=due(2, 3, 4))
    assert one.rechecked == {post_id(2): "present", post_id(3): "unknown", post_id(4): "unknown"}


def test_what_a_server_asks_to_wait_for_stays_due() -> None:
    limited = Server(status(2), batch=RateLimited("m.example", NOW + timedelta(hours=1)))
    run = read(source(), limited.answers(), started=now(), rechecks=due(1, 3))
    assert (run.outcome, run.rechecked, run.tally.counts["rechecks_put_off"]) == ("ok", {}, 1)


def test_what_the_page_shows_is_present_without_a_request_and_the_rest_is_asked_for_twenty_at_a_time() -> None:
    server = Server(*map(status, range(1, 91)))
    run = read(source(overlap="0s"), server.answers(), started=now(), rechecks=due(*range(1, 91)))
    assert set(run.rechecked.values()) == {"present"}
    lookups = [url for url in run.asked if "/statuses" in url]
    assert [url.count("id%5B%5D=") for url in lookups] == [20, 20, 10], "forty were on the page"
    assert run.adds_up()


def test_a_server_without_lookups_by_many_ids_is_asked_for_some_hundred_statuses() -> None:
    server = Server(*map(status, range(1, 251)), batch=Answer(status=404))
    run = read(source(overlap="0s"), server.answers(), started=now(), rechecks=due(*range(1, 201)))
    singles = [url for url in run.asked if "/api/v1/statuses/" in url]
    assert SINGLES <= len(singles) <= SINGLES + BATCH
    assert set(run.rechecked.values()) == {"present"}
    assert (len(run.rechecked), run.tally.counts["rechecks_put_off"]) == (len(singles), 1), "the others stay due"


def test_not_found_is_believed_only_where_the_same_lookup_finds_what_is_there() -> None:
    first = read(source(), Server(*map(status, range(1, 31))).answers(), started=now())
    there = [status(number) for number in range(20, 31)]
    astray = Server(*there, batch=LOST, single=LOST)
    doubted = read(source(), astray.answers(), before=first, started=now())
    assert set(doubted.rechecked.values()) == {"unknown"}
    assert doubted.tally.counts["removal_doubted"] == 19
    assert len([url for url in doubted.asked if "/statuses" in url]) == 3, "a batch, one status, the proof: no more"
    mended = read(source(), Server(*there).answers(), before=first, started=now())
    assert mended.rechecked == {post_id(number): "deleted" for number in range(1, 20)}


def test_what_the_pages_no_longer_show_is_asked_for_once() -> None:
    first = read(source(), Server(*map(status, range(1, 11))).answers(), started=now())
    without = Server(*map(status, range(2, 11)), single=Answer(status=503))
    second = read(source(), without.answers(), before=first, started=now())
    assert second.rechecked == {post_id(1): "unknown"}
    third = read(source(), without.answers(), before=second, started=now())
    assert third.rechecked == {}, "the ledger's queue has it, and asks again later"


def test_the_cap_of_rechecks_holds_for_hints_and_due_ones_together() -> None:
    small = source(limits={"rechecks": 3})
    first = read(small, Server(*map(status, range(1, 11))).answers(), started=now())
    emptied = Server(*map(status, range(6, 11)))
    there = {post_id(6): "present"}
    second = read(small, emptied.answers(), before=first, started=now(), rechecks=due(6, 90))
    assert second.rechecked == {post_id(number): "deleted" for number in (1, 2, 3)} | there, "what is shown is free"
    third = read(small, emptied.answers(), before=second, started=now(), rechecks=due(6, 90))
    assert third.rechecked == {post_id(number): "deleted" for number in (4, 5, 90)} | there
    none = source(limits={"rechecks": 0})
    assert read(none, emptied.answers(), before=first, started=now()).rechecked == {}


def test_nothing_is_missing_from_an_empty_timeline() -> None:
    first = read(source(), Server(*map(status, range(1, 11))).answers(), started=now())
    closed = Server(timeline=in_json([]))
    run = read(source(), closed.answers(), before=first, started=now(), rechecks=due(1, 2))
    assert (run.outcome, set(run.rechecked.values())) == ("empty", {"unknown"})
    assert run.tally.counts["removal_doubted"] == 2
    assert len(read(source(), Server(status(9)).answers(), before=run, started=now()).rechecked) == 9, "asked for now"


def test_the_lookup_of_another_server_means_nothing_here() -> None:
    run = read(source(), Server(status(2)).answers(), started=now(), rechecks=due(1, 2, server="old.example"))
    assert (run.rechecked, run.tally.counts["recheck_elsewhere"]) == (
        {post_id(1): "unknown", post_id(2): "unknown"},
        2,
    )
    assert not [url for url in run.asked if "/statuses" in url]


def test_a_recheck_lands_the_edit_and_counts_it() -> None:
    edited = status(1, content="<p>Corrected</p>", edited_at=NOW.isoformat())
    server = Server(edited, *map(status, range(2, 60)))
    run = read(source(overlap="0s"), server.answers(), started=now(), rechecks=due(1))
    assert [post.text for post in run.posts if post.post_id == post_id(1)] == ["Corrected"]
    assert run.rechecked == {post_id(1): "present"}
    assert run.adds_up()


# What earlier versions left in the cursor


def test_the_watch_list_of_an_earlier_version_moves_to_the_ledgers_queue() -> None:
    first = read(source(), Server(*map(status, range(1, 5))).answers(), started=now())
    seen = int((NOW - timedelta(days=3)).timestamp())
    later = int((NOW + timedelta(hours=5)).timestamp())
    old = {
        "server": "m.example",
        "mark": "4",
        "covered_to": NOW.isoformat(),
        "access": first.spider.cursor["access"],
        "watch": {
            "1": [post_id(1), seen, 2],
            "2": [post_id(2), seen, 0, 3, later],
            "3": [post_id(3), seen, 4],
            "90": [post_id(90), seen, 1],
        },
    }
    run = read(source(), Server(*map(status, range(1, 5))).answers(), cursor=old, started=now())
    taken = {item.post_id: item for item in run.items if isinstance(item, Watched)}
    assert set(taken) == {post_id(1), post_id(2), post_id(90)}, "the third has had its last recheck"
    assert all(item.seen.timestamp() == seen for item in taken.values())
    assert taken[post_id(1)].lookup == "m.example/1"
    ages = [(taken[post_id(number)].due or NOW).timestamp() - seen for number in (1, 90)]
    assert ages == [7 * 86_400, 86_400], "the age that comes next"
    assert taken[post_id(2)].due == datetime.fromtimestamp(later, UTC), "it was being waited for"
    assert run.rechecked == {post_id(90): "deleted"}, "the page should have shown it"
    assert "watch" not in run.spider.cursor
    again = read(source(), Server(*map(status, range(1, 5))).answers(), before=run, started=now())
    assert not [item for item in again.items if isinstance(item, Watched)]
    assert again.rechecked == {}


@pytest.mark.parametrize("odd", [{"1": []}, {"1": ["x", "y", "z"]}, [1], "watch", {"1": 5}])
def test_a_watch_list_of_an_unknown_shape_is_a_cursor_of_an_unknown_shape(odd: Any) -> None:
    run = read(source(), Server(status(1)).answers(), cursor={"mark": "0", "watch": odd}, started=now())
    assert (run.outcome, run.tally.counts["cursor_reset"], len(run.posts)) == ("ok", 1, 1)
