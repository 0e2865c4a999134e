"""Lemmy's answers, of any shape: items land, are rejected or counted, and a run ends with an outcome."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.crawlers.lemmy_given import BASE, filled, recheck, source
from tests.crawlers.stand_in import NOW, Answer, read

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=8)
    | st.sampled_from(
        ["0001-01-01T00:00:00+14:00", "2026-11-01", "\ud800", "https://x/y", "http://[", "![](", "Private"]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "name"]), inner, max_size=3),
    max_leaves=6,
)
FIELDS = sorted({*filled(1).items["post"][1], *filled(1).items["comment"][1], "url", "alt_text", "published_at"})
CHANGES = st.lists(st.one_of(ANYTHING, st.dictionaries(st.sampled_from(FIELDS), ANYTHING, max_size=4)), max_size=4)
VIEWS = st.dictionaries(st.sampled_from(["creator", "community", "counts", "post", "comment"]), ANYTHING, max_size=2)


@settings(max_examples=100, deadline=None)
@given(CHANGES, VIEWS, st.sampled_from([3, 4]))
@example(["\ud800"], {}, 3)
def test_any_json_lands_is_rejected_or_is_counted(changes: list[Any], views: dict[str, Any], version: int) -> None:
    server = filled(4, version)
    for kind in ("post", "comment"):
        odd = []
        for number, change in enumerate(changes, 1):
            view = server.view(kind, server.items[kind][number])
            odd.append({**view, kind: {**view[kind], **change}, **views} if isinstance(change, dict) else change)
        found = json.dumps({f"{kind}s": odd, "items": odd, "next_page": odd[0] if odd else 7}).encode()
        single = json.dumps({f"{kind}_view": odd[0] if odd else None}).encode()
        server.over[f"/api/v{version}/{kind}/list"] = lambda _, found=found: (200, {}, found)  # type: ignore[misc]
        server.over[f"/api/v{version}/{kind}"] = lambda _, single=single: (200, {}, single)  # type: ignore[misc]
    run = recheck(server, "comment", 1)
    assert run.tally.fault is None
    assert run.adds_up()
    again = read(source(), server.answers(BASE), before=run, started=NOW + timedelta(hours=2))
    assert again.tally.fault is None
    assert again.adds_up()


@settings(max_examples=50, deadline=None)
@given(ANYTHING | st.binary(max_size=40), ANYTHING)
def test_any_answer_ends_the_run_with_an_outcome(data: Any, languages: Any) -> None:
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    site = json.dumps({"site_view": {}, "all_languages": languages}).encode()
    run = read(source(), {f"{BASE}/api/v4/site": Answer(site), f"{BASE}/api/v4/post/list": Answer(body)})
    assert run.tally.fault is None
    assert run.outcome == "failed"
