"""A server's answers and our own cursors, of any shape: statuses land, are rejected or counted, and nothing breaks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.crawlers.mastodon_given import BASE, YEAR_ONE, Server, in_json, now, poll, post_id, source, status
from tests.crawlers.stand_in import read


@pytest.mark.parametrize("field", ["created_at", "edited_at"])
def test_a_status_dated_before_the_calendar_costs_itself_only(field: str) -> None:
    run = poll(Server(status(1), {**status(2), field: YEAR_ONE}, status(3)))
    assert (run.outcome, len(run.posts), run.rejected, run.tally.fault) == ("ok", 2, ["bad_shape"], None)
    server = Server(status(1), status(2), status(3))
    first = poll(server)
    again = Server(status(3), batch=in_json([{**status(1), field: YEAR_ONE}, status(2)]))
    second = poll(again, before=first)
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
    run = poll(given)
    assert run.tally.fault is None
    assert run.adds_up()
    again = poll(given, before=run, started=now() + timedelta(hours=2))
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
    run = poll(Server(status(1), status(2)), cursor=cursor)
    assert run.tally.fault is None
    again = poll(Server(status(1), status(2)), before=run)
    assert (again.outcome, again.tally.fault) == ("ok", None)


@pytest.mark.parametrize("odd", [{"1": []}, {"1": ["x", "y", "z"]}, [1], "watch", {"1": 5}])
def test_a_watch_list_of_an_unknown_shape_is_a_cursor_of_an_unknown_shape(odd: Any) -> None:
    run = poll(Server(status(1)), cursor={"mark": "0", "watch": odd})
    assert (run.outcome, run.tally.counts["cursor_reset"], len(run.posts)) == ("ok", 1, 1)
