"""Bluesky's answers and our own cursors, of any shape: read, refused or counted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.platforms.bluesky.views import read_answer, read_item
from crawlers.task import RecheckOf
from tests.crawlers.appview import FEED, POSTS, AppView, hours, stamp, uri_of, view
from tests.crawlers.bluesky_given import NOW, link, poll, source

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=8)
    | st.sampled_from([stamp(NOW), "0001-01-01T00:00:00+14:00", "\ud800", uri_of(1), "at://x/y/z", "tr", "bafy"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["uri", "val", "$type", "record", "images", "alt", "values"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)
OF_VIEW = sorted({*view(1, NOW), "embed"})
OF_RECORD = ["text", "createdAt", "langs", "tags", "facets", "reply", "embed", "labels"]
OFFSETS = st.integers(-2, 12)
FACETS = st.lists(st.builds(link, OFFSETS, OFFSETS, st.text(st.characters(), max_size=6)), max_size=3)
CHANGED = st.tuples(
    st.dictionaries(st.sampled_from(OF_VIEW), ANYTHING, max_size=2),
    st.dictionaries(st.sampled_from(OF_RECORD), ANYTHING, max_size=3),
    FACETS,
    st.text(st.characters(), max_size=8),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(ANYTHING, CHANGED), max_size=3), ANYTHING)
def test_any_json_lands_is_rejected_or_is_counted(changes: list[Any], cursor: Any) -> None:
    items = []
    for number, change in enumerate(changes):
        if isinstance(change, tuple):
            outer, inner, facets, text = change
            made = view(number, NOW, record={"text": text, "facets": facets, **inner})
            items.append({"post": {**made, **outer}})
        else:
            items.append(change)
    body = json.dumps({"feed": items, "posts": items, "cursor": cursor})
    network = AppView()
    for method in (FEED, POSTS):
        network.fail(method, 200, body)
    wanted = (RecheckOf(post_id="a" * 32, lookup=uri_of(0)), RecheckOf(post_id="b" * 32, lookup="nowhere"))
    run = poll(source(limits={"pages": 3}), network, rechecks=wanted)
    assert run.tally.fault is None, run.tally.fault
    assert run.adds_up()
    assert run.rechecked.get("b" * 32) in (None, "unknown")
    again = poll(source(limits={"pages": 3}), network, before=run, started=NOW + hours(2))
    assert again.tally.fault is None
    assert again.adds_up()


@pytest.mark.parametrize("cursor", ["\ud800", "a\nb", "x" * 3000, 7, None, ""])
def test_a_cursor_that_no_address_can_hold_is_the_end(cursor: object) -> None:
    assert read_answer(json.dumps({"feed": [], "cursor": cursor}).encode(), "feed") == ([], None)


@given(st.binary(max_size=40) | st.text(max_size=40).map(str.encode))
def test_any_body_is_an_answer_or_none(body: bytes) -> None:
    assert read_answer(body, "feed") is None or json.loads(body)["feed"] is not None


@given(ANYTHING)
def test_any_item_is_read_or_refused(item: Any) -> None:
    assert read_item(item, NOW) is None


@pytest.mark.parametrize("body", ["<html>", "[]", "{}", '{"feed": {}}', "[" * 100_000])
def test_another_answer_fails_the_poll(body: str) -> None:
    network = AppView()
    network.fail(FEED, 200, body)
    run = poll(source(), network)
    assert (run.outcome, run.window) == ("failed", (None, None))


@pytest.mark.parametrize(
    "cursor",
    [
        {"covered_to": 5},
        {"covered_to": "soon"},
        {"left": [1]},
        {"left": {"cursor": None, "until": "then", "floor": stamp(NOW), "reach": None}},
        {"left": {"floor": "x"}},
        {"of": "another source's", "covered_to": stamp(NOW - hours(90))},
    ],
)
def test_a_cursor_of_another_shape_or_source_counts_for_nothing(cursor: dict[str, Any]) -> None:
    run = poll(source(), AppView(view(1, NOW), view(2, NOW - hours(50))), cursor=cursor)
    assert (run.outcome, len(run.posts), run.tally.fault) == ("ok", 2, None)
    assert run.window[0] is not None
    assert run.window[0] >= NOW - hours(1), "what another poll covered is not joined"
