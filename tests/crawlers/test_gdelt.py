"""GDELT, for discovery only: its slices, its mark and what a poll covers; the answers are given, see stand_in.py.

Tested against hand-made answers after the documented shape of the DOC interface (gdelt_index.py). Not against GDELT itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from config import Source
from crawlers.errors import BudgetSpent
from crawlers.spiders.gdelt import FIRST, LAG, REACH
from tests.crawlers.conftest import make_source
from tests.crawlers.gdelt_index import API, SITE, Index, listed, make_gdelt, page
from tests.crawlers.stand_in import NOW, Answer, Run, Say, read

QUARTER = timedelta(minutes=15)


def ask(source: Source, index: Index, more: Mapping[str, Say] | None = None, **given: Any) -> Run:
    pages = {url: page(url) for url in index.seen}
    return read(source, {API: index, **pages, **(more or {})}, **given)


def native(run: Run) -> list[str]:
    return [post.native_id.rpartition("/")[2] for post in run.posts]


def at(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


def test_the_mark_moves_on_and_the_overlap_brings_what_came_late() -> None:
    source = make_gdelt()
    index = Index({f"{SITE}/1": at(20), f"{SITE}/2": at(1)})
    first = ask(source, index)
    assert (sorted(native(first)), first.outcome) == (["1", "2"], "ok")
    assert index.spans == [(NOW - FIRST, NOW)]
    assert first.window == (NOW - FIRST, NOW - LAG)
    index.seen[f"{SITE}/late"] = at(5)
    later = NOW + QUARTER
    second = ask(source, index, before=first, started=later)
    assert (native(second), second.tally.counts["unchanged"], second.adds_up()) == (["late"], 1, True)
    assert index.spans[1:] == [(NOW - LAG - source.overlap, later)]
    assert second.window == (NOW - LAG - source.overlap, later - LAG)
    assert f"{SITE}/2" not in second.asked, "an article is read once"


def test_an_answer_that_is_full_is_asked_for_in_halves_and_nothing_is_lost() -> None:
    seen = {f"{SITE}/{number}": at(number * 24 / 600) for number in range(600)}
    index = Index(seen)
    run = ask(make_gdelt(limits={"articles": 1000}), index)
    assert {post.native_id for post in run.posts} == set(seen)
    assert (run.window, run.adds_up()) == ((NOW - FIRST, NOW - LAG), True)


def test_what_a_quarter_of_an_hour_cannot_hold_is_a_gap() -> None:
    seen = {f"{SITE}/{number}": at(10) for number in range(300)} | {f"{SITE}/late": at(1)}
    run = ask(make_gdelt(limits={"articles": 1000}), Index(seen))
    assert run.tally.counts["list_full"] >= 1
    begin, end = run.window
    assert begin is not None
    assert at(10) < begin < at(9)
    assert end == NOW - LAG


def test_articles_over_the_cap_are_read_by_the_next_polls_and_claimed_only_then() -> None:
    source = make_gdelt(limits={"articles": 2})
    index = Index({f"{SITE}/{number}": at(number + 1) for number in range(5)})
    first = ask(source, index)
    assert (len(first.posts), first.outcome, first.window) == (2, "ok", (None, None))
    assert (first.tally.counts["limit_articles"], first.adds_up()) == (3, True)
    assert "mark" not in first.spider.cursor
    second = ask(source, index, before=first, started=NOW + QUARTER)
    third = ask(source, index, before=second, started=NOW + 2 * QUARTER)
    found = [*native(first), *native(second), *native(third)]
    assert sorted(found) == ["0", "1", "2", "3", "4"]
    assert third.window[1] == NOW + 2 * QUARTER - LAG


def test_a_run_that_is_stopped_goes_on_with_the_slice_next_time() -> None:
    source = make_gdelt()
    index = Index({f"{SITE}/{number}": at(number + 1) for number in range(3)})
    stopped = ask(source, index, {f"{SITE}/1": BudgetSpent("seconds", 600)})
    assert (native(stopped), stopped.window) == (["0"], (None, None))
    assert sorted(native(ask(source, index, before=stopped))) == ["1", "2"]


def test_what_is_past_three_months_is_not_asked_for_and_is_a_gap() -> None:
    source = make_gdelt()
    first = ask(source, Index({f"{SITE}/1": at(1)}))
    later = NOW + timedelta(days=200)
    index = Index({f"{SITE}/2": later - timedelta(hours=2)})
    run = ask(source, index, before=first, started=later)
    assert index.spans[0][0] == later - REACH
    assert run.window == (later - REACH, later - LAG)


def test_another_query_starts_anew() -> None:
    first = ask(make_gdelt(), Index({f"{SITE}/1": at(1)}))
    cursor = {**first.spider.cursor, "query": "something else"}
    index = Index({f"{SITE}/1": at(1)})
    ask(make_gdelt(), index, cursor=cursor)
    assert index.spans == [(NOW - FIRST, NOW)]


@pytest.mark.parametrize("cursor", [{"mark": "soon"}, {"mark": 3}, {"entries": {"a": 1}}, {"query": 7}])
def test_a_cursor_of_another_shape_is_read_anew(cursor: dict[str, Any]) -> None:
    assert native(ask(make_gdelt(), Index({f"{SITE}/1": at(1)}), cursor=cursor)) == ["1"]


def test_faults_of_the_interface_end_with_a_name() -> None:
    source = make_gdelt()
    short = read(source, {API: Answer("Your query was too short or too long.")})
    assert (short.outcome, short.spider.message) == (
        "failed", "GDELT gives no list: Your query was too short or too long.")  # fmt: skip
    fast = read(source, {API: Answer("Please limit requests to one every 5 seconds.")})
    assert fast.outcome == "rate_limited"
    assert fast.spider.not_before is not None
    assert fast.spider.not_before > NOW
    assert read(source, {API: Answer(status=403)}).outcome == "blocked"
    none = read(source, {API: Answer("{}")})
    assert (none.outcome, none.window) == ("empty", (None, None))
    assert (
        read(make_source(API, kind="gdelt"), {}).spider.message
        == "the source's url names no query: .../doc?query=WORDS"
    )
    few = make_gdelt(expect={"min_posts": 2})
    assert ask(few, Index({f"{SITE}/1": at(1)})).outcome == "failed"


def test_an_item_without_an_address_is_kept_as_rejected() -> None:
    body = json.dumps({"articles": [{"title": "x"}, "no article", listed(f"{SITE}/1")]})
    run = read(make_gdelt(), {API: Answer(body), f"{SITE}/1": page(f"{SITE}/1")})
    assert (run.rejected, native(run), run.adds_up()) == (["no_identity"] * 2, ["1"], True)


def test_requests_to_gdelt_are_five_seconds_apart() -> None:
    url = "https://api.gdeltproject.org/api/v2/doc/doc?query=boats"
    plain = {"id": "g", "kind": "gdelt", "url": url}
    assert Source.model_validate(plain).delay == 5.0
    assert Source.model_validate({**plain, "delay": 8}).delay == 8.0
    with pytest.raises(ValidationError, match="GDELT asks for 5 s"):
        Source.model_validate({**plain, "delay": 1})
    assert Source.model_validate({**plain, "kind": "sitemap", "url": SITE}).delay == 1.0
