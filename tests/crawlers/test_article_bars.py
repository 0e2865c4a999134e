"""Article pages that are barred: after three refusals in a row no more are asked for, and what lies behind them is not lost."""

from __future__ import annotations

import pytest

from config import Source
from crawlers.errors import Refused
from crawlers.outcome import Outcome
from tests.crawlers.articles_given import BY_FEED_AND_BY_SITEMAP, LIST, SITE, House, edited, listing, page, sitemap
from tests.crawlers.conftest import make_source
from tests.crawlers.outlet import HTML
from tests.crawlers.site import item, rss
from tests.crawlers.stand_in import Answer, Run, Say, read


@pytest.mark.parametrize(
    "bar",
    [Answer(status=403), Answer(status=401), Answer(status=451), Refused(Outcome.BLOCKED, "a bot wall stands there")],
)
@BY_FEED_AND_BY_SITEMAP
def test_after_three_refusals_in_a_row_no_more_pages_are_asked_for(source: Source, bar: Say) -> None:
    numbers = range(1, 9)
    answers: dict[str, Say] = {LIST: listing(source, *numbers), **{f"{SITE}/{n}": bar for n in numbers}}
    run = read(source, answers)
    assert run.asked == [LIST, *(f"{SITE}/{n}" for n in (1, 2, 3))]
    assert "herald.example bars its article pages, 3 in a row" in run.spider.message
    assert (run.outcome, run.adds_up()) == ("ok", True)
    assert len(run.posts) == (0 if source.kind == "sitemap" else len(numbers)), "a feed's own words land"
    late = read(source, {**answers, f"{SITE}/8": page(8)}, before=run)
    assert [post.native_id for post in late.posts if "coast guard" in post.text] == []
    if source.kind == "sitemap":
        assert run.window == (None, None), "what was not asked for is not covered"
        assert "5 articles are still to be read" in run.spider.message
    opened: Run = run
    for _ in range(4):
        opened = read(source, answers, before=opened)
        assert sum(url != LIST for url in opened.asked) <= 3
    opened = read(source, {**answers, **{f"{SITE}/{n}": page(n) for n in numbers}}, before=run)
    assert {f"{SITE}/{n}" for n in (4, 5, 6, 7, 8)} <= {post.native_id for post in opened.posts}


def test_older_pages_of_a_feed_are_not_asked_for_again_because_its_articles_are_barred() -> None:
    def listed(*numbers: int) -> Answer:
        entries = (item(n, text=None, base=SITE, summary="A summary.") for n in numbers)
        return Answer(rss(*entries, head="<generator>https://wordpress.org/?v=6.1</generator>"))

    bars: dict[str, Say] = {f"{SITE}/{n}": Answer(status=403) for n in range(60)}
    run: Run | None = None
    older = []
    for turn in range(4):
        newest = 20 + 3 * turn
        pages = {
            LIST: listed(*range(newest, newest - 8, -1)),
            f"{LIST}?paged=2": listed(*range(newest - 8, newest - 16, -1)),
        }
        run = read(make_source(LIST), {**bars, **pages, f"{LIST}?paged=3": Answer(status=404)}, before=run)
        older.append(f"{LIST}?paged=2" in run.asked)
    assert older == [True, False, False, False]


def test_a_wall_of_any_length_costs_only_the_articles_that_were_asked_for_behind_it() -> None:
    source, numbers = make_source(LIST, kind="sitemap"), range(1, 9)
    wall = Refused(Outcome.BLOCKED, "a bot wall stands there")
    run: Run | None = None
    for _ in range(5):
        run = read(source, {LIST: sitemap(*numbers), **{f"{SITE}/{n}": wall for n in numbers}}, before=run)
    late = read(source, {LIST: sitemap(*numbers), **{f"{SITE}/{n}": page(n) for n in numbers}}, before=run)
    assert {f"{SITE}/{n}" for n in (7, 8)} <= {post.native_id for post in late.posts}


@BY_FEED_AND_BY_SITEMAP
def test_pages_for_subscribers_among_others_stop_nothing_and_other_servers_are_asked(source: Source) -> None:
    barred = {f"{SITE}/{n}": Answer(status=403) for n in (1, 2, 4, 5)}
    run = read(source, {LIST: listing(source, 1, 2, 3, 4, 5), **barred, f"{SITE}/3": page(3)})
    assert len(run.asked) == 6
    feed = rss(*(item(n, text=None, base=SITE) for n in range(4)), item(9, text=None, base="https://other.example"))
    both = read(make_source(LIST), {LIST: Answer(feed)} | {f"{SITE}/{n}": Answer(status=403) for n in range(4)})
    assert both.asked[-1] == "https://other.example/9"


@pytest.mark.parametrize(
    "instead", [Answer(status=403), Answer("<html><body><div id='root'></div></body></html>", headers=HTML)]
)
@BY_FEED_AND_BY_SITEMAP
def test_a_text_that_was_read_is_not_replaced_by_a_summary(source: Source, instead: Answer) -> None:
    house = House(source)
    house.answers |= {LIST: edited(source, 1, 2), f"{SITE}/1": instead, f"{SITE}/2": Answer(status=503)}
    for _ in range(5):
        assert house.poll().posts == []
