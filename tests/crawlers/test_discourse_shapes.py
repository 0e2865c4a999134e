"""Answers and markup of any shape, given to the spider of forums in process (stand_in.py): nothing is lost, nothing raises."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.platforms.discourse.posts import read_cooked
from tests.crawlers.discourse_given import BASE, filled, recheck, source
from tests.crawlers.stand_in import NOW, Answer, read

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=8)
    | st.sampled_from(
        ["0001-01-01T00:00:00+14:00", "2026-11-01", "\ud800", "<p", "<aside class=quote>", "&#0;", "//x", "-1"]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "count"]), inner, max_size=3),
    max_leaves=6,
)
FIELDS = sorted({*filled(10).posts[10], "topic_title", "locale"})


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(ANYTHING, st.dictionaries(st.sampled_from(FIELDS), ANYTHING, max_size=4)), max_size=4))
def test_any_json_lands_is_rejected_or_is_counted(changes: list[Any]) -> None:
    forum = filled(10, 11, 12, 13)
    odd = [
        {**forum.posts[10 + index], **change} if isinstance(change, dict) else change
        for index, change in enumerate(changes)
    ]
    body = json.dumps({"latest_posts": odd}).encode()
    single = json.dumps(odd[0] if odd else None).encode()
    forum.over["/posts.json"] = lambda _: (200, {}, body)
    forum.over["/posts/10.json"] = lambda _: (200, {}, single)
    run = recheck(forum, 10)
    assert run.tally.fault is None
    assert run.adds_up()
    again = read(source(), forum.answers(BASE), before=run, started=NOW + timedelta(hours=2))
    assert again.tally.fault is None
    assert again.adds_up()


@settings(max_examples=50, deadline=None)
@given(ANYTHING | st.binary(max_size=40))
def test_any_answer_ends_the_run_with_an_outcome(data: Any) -> None:
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    run = read(source(), {f"{BASE}/posts.json": Answer(body)})
    assert run.tally.fault is None
    assert run.outcome in {"failed", "empty", "ok"}


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from("<>/=\"' &;#\x00aside class quote div meta img emoji alt svg p\n"), max_size=120))
def test_any_markup_becomes_text(markup: str) -> None:
    text, alts, _, _, links = read_cooked(markup)
    assert all(isinstance(found, str) for found in [text, *alts, *links])
