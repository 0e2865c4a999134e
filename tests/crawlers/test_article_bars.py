"""Article pages that are barred: after three refusals in a row no more are asked for, and what lies behind them is not lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from config import Source
from crawlers.errors import Refused, RobotsUnread
from crawlers.outcome import Outcome
from tests.crawlers.articles_given import BY_FEED_AND_BY_SITEMAP, LIST, SITE, House, edited, listing, page, sitemap
from tests.crawlers.conftest import make_source
from tests.crawlers.outlet import HTML
from tests.crawlers.site import item, rss
from tests.crawlers.stand_in import WALL, Answer, Run, Say, read


@pytest.mark.parametrize(
    "bar",
    [Answer(status=403), Answer(status=401), Answer(status=451), WALL],
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
    run: Run | None = None
    for _ in range(5):
        run = read(source, {LIST: sitemap(*numbers), **{f"{SITE}/{n}": WALL for n in numbers}}, before=run)
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


@pytest.mark.parametrize("bar", [Answer(status=403), WALL])
@BY_FEED_AND_BY_SITEMAP
def test_behind_a_shortener_it_is_who_answers_that_bars_its_pages(source: Source, bar: Answer) -> None:
    numbers = range(1, 7)

    def led(*hosts: str) -> dict[str, Say]:
        said = {n: replace(bar, url=f"https://{host}.example/{n}") for n, host in zip(numbers, hosts, strict=True)}
        said |= {n: replace(page(n), url=answer.url) for n, answer in said.items() if "open" in str(answer.url)}
        return {LIST: listing(source, *numbers), **{f"{SITE}/{n}": answer for n, answer in said.items()}}

    several = read(source, led("one", "two", "three", "one", "two", "open"))
    assert len(several.asked) == 7, "no server has barred three"
    assert ["coast guard" in post.text for post in several.posts][-1:] == [True]
    single = read(source, led("open", "one", "one", "one", "one", "one"))
    assert len(single.asked) == 5
    assert "one.example bars its article pages, 3 in a row" in single.spider.message


@pytest.mark.parametrize(
    ("refusal", "asked"), [(RobotsUnread("it is away"), 3), (Refused(Outcome.ROBOTS_DENIED, "it forbids"), 1)]
)
def test_a_robots_txt_that_is_away_costs_no_article_its_text_and_one_that_forbids_is_heeded(
    refusal: Refused, asked: int
) -> None:
    source = make_source(LIST)
    answers: dict[str, Say] = {LIST: listing(source, 1), f"{SITE}/1": refusal}
    first = run = read(source, answers)
    assert [post.text for post in first.posts] == ["A summary."], "the feed shows it, so it may be had"
    asked -= 1
    for _ in range(4):
        run = read(source, answers, before=run)
        asked -= f"{SITE}/1" in run.asked
    assert asked == 0
    late = read(source, {**answers, f"{SITE}/1": page()}, before=first)
    assert ["coast guard" in post.text for post in late.posts] == ([True] if refusal.is_passing else [])


@pytest.mark.parametrize(
    "instead", [Answer(status=403), Answer("<html><body><div id='root'></div></body></html>", headers=HTML)]
)
@BY_FEED_AND_BY_SITEMAP
def test_a_text_that_was_read_is_not_replaced_by_a_summary(source: Source, instead: Answer) -> None:
    house = House(source)
    house.answers |= {LIST: edited(source, 1, 2), f"{SITE}/1": instead, f"{SITE}/2": Answer(status=503)}
    for _ in range(5):
        assert house.poll().posts == []
