"""What becomes of a sitemap's entries, caps and windows, poll by poll; the answers are given, see stand_in.py."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from config import Source
from crawlers.errors import BudgetSpent, RateLimited, Refused, Unreachable
from crawlers.outcome import Outcome
from crawlers.spiders import sitemap
from crawlers.task import RecheckOf
from tests.crawlers.conftest import make_source
from tests.crawlers.outlet import HTML, index, news, plain, urlset
from tests.crawlers.site import article
from tests.crawlers.stand_in import NOW, Answer, Run, Say, read

SITE = "https://herald.example"
NEWS = f"{SITE}/news.xml"
QUARTER = timedelta(minutes=15)
OWN = f"<meta name='robots' content='noindex'><link rel='canonical' href='{SITE}/a/1'>"


@pytest.fixture
def source() -> Source:
    return make_source(NEWS, kind="sitemap")


def ago(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


def listed(*hours: float, etag: str = "") -> Answer:
    """Articles named by the hours since they appeared."""
    body = urlset(*(news(f"{SITE}/a/{hour:g}", ago(hour)) for hour in hours))
    return Answer(body, headers={"ETag": etag} if etag else {})


def pages(*hours: float, **words: str) -> dict[str, Say]:
    return {f"{SITE}/a/{hour:g}": Answer(article(**words), headers=HTML) for hour in hours}


def native(run: Run) -> list[str]:
    return [post.native_id.rpartition("/")[2] for post in run.posts]


# Caps and windows


def test_articles_over_the_cap_are_read_by_the_next_polls_and_claimed_only_then(source: Source) -> None:
    capped = source.model_copy(update={"limits": source.limits.model_copy(update={"articles": 2})})
    answers = {NEWS: listed(1, 2, 3, 4, 5, etag='"1"'), **pages(1, 2, 3, 4, 5)}
    first = read(capped, answers)
    assert (native(first), first.outcome, first.window) == (["1", "2"], "ok", (None, None))
    assert (first.tally.counts["limit_articles"], first.adds_up(), first.spider.validators) == (3, True, {})
    assert "limits.articles = 2" in first.spider.message
    second = read(capped, answers, before=first, started=NOW + QUARTER)
    assert (native(second), second.window) == (["3", "4"], (None, None))
    third = read(capped, answers, before=second, started=NOW + 2 * QUARTER)
    assert (native(third), third.window) == (["5"], (ago(4), NOW + 2 * QUARTER))
    assert third.spider.validators, "now it may be answered with 304"


def test_articles_that_leave_the_list_before_they_were_read_are_a_gap(source: Source) -> None:
    capped = source.model_copy(update={"limits": source.limits.model_copy(update={"articles": 2})})
    first = read(source, {NEWS: listed(7, 8), **pages(7, 8)}, started=ago(6))
    answers = {NEWS: listed(1, 2, 3, 4, 7, 8), **pages(1, 2, 3, 4, 7, 8)}
    second = read(capped, answers, before=first, started=NOW)
    assert (native(second), second.window) == (["1", "2"], (None, None))
    third = read(capped, {**answers, NEWS: listed(1, 2)}, before=second, started=NOW + QUARTER)
    assert third.window == (ago(1), NOW + QUARTER), "3 and 4 were never read"


def test_a_list_that_rolled_over_is_a_gap_and_one_that_did_not_is_none(source: Source) -> None:
    first = read(source, {NEWS: listed(30, 31), **pages(30, 31)}, started=ago(29))
    whole = read(source, {NEWS: listed(1, 2, 30, 31), **pages(1, 2)}, before=first)
    assert whole.window == (ago(29), NOW)
    rolled = read(source, {NEWS: listed(1, 2), **pages(1, 2)}, before=first)
    assert rolled.window == (ago(1), NOW)


def test_after_an_outage_older_entries_are_caught_up(source: Source) -> None:
    first = read(source, {NEWS: listed(201, 202), **pages(201, 202)}, started=ago(200))
    second = read(source, {NEWS: listed(1, 100, 199, 201, 202), **pages(1, 100, 199)}, before=first)
    assert (native(second), second.window) == (["1", "100", "199"], (ago(200), NOW))
    fresh = read(source, {NEWS: listed(1, 100, 199), **pages(1)})
    assert (native(fresh), fresh.tally.counts["listed_older"]) == (["1"], 2)


@pytest.mark.parametrize("stop", [BudgetSpent("requests", 3), RateLimited("herald.example", NOW + timedelta(hours=3))])
def test_a_run_that_is_stopped_claims_nothing_and_goes_on_next_time(source: Source, stop: Exception) -> None:
    answers: dict[str, Say] = {NEWS: listed(1, 2, 3, etag='"1"'), **pages(1, 2, 3)}
    first = read(source, {**answers, f"{SITE}/a/2": stop})
    assert (native(first), first.window, first.spider.validators) == (["1"], (None, None), {})
    assert first.adds_up()
    second = read(source, answers, before=first)
    assert (native(second), second.window[0]) == (["2", "3"], ago(2))


def test_several_documents_cover_what_all_of_them_cover() -> None:
    source = make_source(f"{SITE}/index.xml", kind="sitemap")
    long, short = f"{SITE}/news-a.xml", f"{SITE}/news-b.xml"
    answers: dict[str, Say] = {
        source.url: Answer(index((long, ""), (short, ""))),
        long: listed(1, 20, 40),
        short: listed(2, 3),
        **pages(1, 2, 3, 20, 40),
    }
    assert read(source, answers).window == (ago(2), NOW)
    broken = read(source, {**answers, short: Answer(status=500)})
    assert (broken.outcome, broken.window, broken.tally.counts["sitemap_failed"]) == ("ok", (None, None), 1)
    assert f"{short} cannot be read" in broken.spider.message
    mended = read(source, answers, before=broken, started=NOW + QUARTER)
    assert mended.window[1] == NOW + QUARTER


def test_a_run_that_is_stopped_before_its_last_document_claims_nothing() -> None:
    source = make_source(f"{SITE}/index.xml", kind="sitemap")
    maps = [(f"{SITE}/news-{name}.xml", "") for name in "ab"]
    answers: dict[str, Say] = {source.url: Answer(index(*maps)), maps[0][0]: listed(1, 2), **pages(1, 2)}
    run = read(source, {**answers, maps[1][0]: BudgetSpent("requests", 4)})
    assert (native(run), run.outcome, run.window) == (["1", "2"], "ok", (None, None))


def test_while_an_article_is_awaited_no_unchanged_answer_may_hide_it(source: Source) -> None:
    run = read(source, {NEWS: listed(1, 2, etag='"1"'), f"{SITE}/a/1": Answer(status=503), **pages(2)})
    assert (native(run), run.spider.validators) == (["2"], {})


def test_pages_are_capped_and_an_index_that_names_itself_ends(source: Source) -> None:
    loop = make_source(f"{SITE}/index.xml", kind="sitemap", limits={"pages": 3})
    maps = [(f"{SITE}/news-{number}.xml", "") for number in range(5)]
    answers: dict[str, Say] = {loop.url: Answer(index((loop.url, ""), *maps))}
    answers |= {url: listed(number + 1) for number, (url, _) in enumerate(maps)} | pages(*range(1, 6))
    run = read(loop, answers)
    assert (run.outcome, run.tally.counts["limit_pages"], run.window) == ("ok", 1, (None, None))
    assert sum(url.endswith(".xml") for url in run.asked) == 3


def test_no_more_is_looked_at_than_can_be_remembered(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "MOST", 2)
    run = read(source, {NEWS: listed(1, 2, 3), **pages(1, 2, 3)})
    assert (native(run), run.tally.counts["listed_too_many"], run.window) == (["1", "2"], 1, (None, None))


def test_a_sitemap_that_breaks_off_lands_what_it_shows_and_claims_nothing(source: Source) -> None:
    whole = listed(1, 2, 3).body
    assert isinstance(whole, str)
    run = read(source, {NEWS: Answer(whole[: whole.rindex("<loc>") + 9]), **pages(1, 2, 3)})
    assert (native(run), run.window, run.tally.counts["broken_xml"]) == (["1", "2"], (None, None), 1)


def test_too_few_entries_are_a_failure(source: Source) -> None:
    strict = source.model_copy(update={"expect": source.expect.model_copy(update={"min_posts": 3, "max_posts": 3})})
    few = read(strict, {NEWS: listed(1, 2, etag='"1"'), **pages(1, 2)})
    assert (few.outcome, native(few), few.spider.validators) == ("failed", ["1", "2"], {})
    many = read(strict, {NEWS: listed(1, 2, 3, 4), **pages(1, 2, 3, 4)})
    assert (many.outcome, many.tally.counts["above_max_posts"]) == ("ok", 1)


def test_a_cursor_of_another_shape_is_read_anew(source: Source) -> None:
    answers = {NEWS: listed(1), **pages(1)}
    for cursor in ({"entries": [1]}, {"sitemaps": {NEWS: 3}}, {"covered_to": "soon"}, {"entries": {"x": [1]}}):
        run = read(source, answers, cursor=cursor)
        assert native(run) == ["1"]


# Articles


@pytest.mark.parametrize(
    ("answer", "reason", "times"),
    [
        (Answer(status=503), "article_unavailable", 3),
        (Unreachable("no answer"), "article_unavailable", 3),
        (RateLimited("cdn.herald.example", NOW + timedelta(hours=1)), "article_unavailable", 3),
        (Refused(Outcome.ROBOTS_DENIED, "robots.txt"), "article_robots_denied", 3),
        (Refused(Outcome.FAILED, "too large"), "article_failed", 1),
        (Answer(status=403), "article_blocked", 1),
        (Answer(article(), headers=HTML, url=f"{SITE}/"), "article_moved", 1),
        (Answer(article(head="<meta name='robots' content='noindex'>"), headers=HTML), "noindex", 3),
        (Answer(article(head=OWN), headers=HTML), "noindex", 1),
        (Answer(status=404), "article_gone", 3),
        (Answer(status=410), "article_gone", 1),
    ],
)
def test_what_cannot_be_read_does_not_land_and_is_tried_only_where_it_may_help(
    source: Source, answer: Say, reason: str, times: int
) -> None:
    answers: dict[str, Say] = {NEWS: listed(1), f"{SITE}/a/1": answer}
    run: Run | None = None
    asked = 0
    for _ in range(5):
        run = read(source, answers, before=run)
        assert (run.outcome, run.posts, run.removed, run.adds_up()) == ("ok", [], [], True)
        if f"{SITE}/a/1" in run.asked:
            asked += 1
            assert run.tally.not_landed == {reason: 1}
    assert asked == times


def test_a_page_that_came_back_lands_under_the_identity_that_a_feed_gives_it(source: Source) -> None:
    answers: dict[str, Say] = {NEWS: listed(1), f"{SITE}/a/1": Answer(status=503)}
    first = read(source, answers)
    answers |= pages(1, head=f"<link rel='canonical' href='{SITE}/a/one'>")
    assert [post.native_id for post in read(source, answers, before=first).posts] == [f"{SITE}/a/one"]


def test_only_what_landed_is_withdrawn(source: Source) -> None:
    answers: dict[str, Say] = {NEWS: listed(1), **pages(1, head=f"<link rel='canonical' href='{SITE}/a/one'>")}
    first = read(source, answers)
    changed = urlset(news(f"{SITE}/a/1", ago(1), lastmod=NOW.isoformat()))
    gone: dict[str, Say] = {NEWS: Answer(changed), f"{SITE}/a/1": Answer(status=410), f"{SITE}/": Answer(status=200)}
    assert read(source, gone, before=first).removed == [first.posts[0].post_id]
    never: dict[str, Say] = {NEWS: listed(1), f"{SITE}/a/1": Answer(status=404)}
    assert read(source, gone, before=read(source, never)).removed == []
    assert read(source, {**gone, f"{SITE}/": Answer(status=410)}, before=first).removed == [], (
        "it says so of its home, too"
    )
    assert read(source, {**gone, f"{SITE}/a/1": Answer(status=404)}, before=first).removed == [], "it is listed"


@pytest.mark.parametrize("is_missed", [False, True])
def test_what_was_removed_has_a_list_fetched_whole_once_a_day_and_no_more(is_missed: bool) -> None:
    """Whatever becomes of its other documents."""
    asked: list[int] = []
    documents = [NEWS, f"{SITE}/news-2.xml"]
    source = make_source(f"{SITE}/index.xml", kind="sitemap")
    answers: dict[str, Say] = {f"{SITE}/index.xml": Answer(index(*((url, "") for url in documents))), **pages(1, 2)}
    answers |= {NEWS: listed(1, 2, etag='"1"'), documents[1]: Answer(status=500) if is_missed else listed()}
    first = read(source, answers)
    wanted = (RecheckOf(post_id=first.posts[0].post_id, lookup=f"{SITE}/a/1"),)
    run = read(source, {**answers, f"{SITE}/a/1": Answer(status=410)}, before=first, rechecks=wanted)
    assert list(run.rechecked.values()) == ["deleted"]
    answers[NEWS] = listed(2, etag='"2"')
    for hours in (1, 24, 25, 26, 48):
        run = read(source, answers, before=run, started=NOW + timedelta(hours=hours))
        asked.append("If-None-Match" not in run.headers[NEWS])
    assert asked == [False, True, False, False, True]


def test_pages_without_text_alone_are_a_changed_layout(source: Source) -> None:
    run = read(source, {NEWS: listed(1), f"{SITE}/a/1": Answer("<html><body></body></html>", headers=HTML)})
    assert (run.rejected, run.tally.nothing_readable) == (["no_text"], True)


def test_a_time_of_change_that_all_share_fetches_nothing_again(source: Source) -> None:
    def built(moment: str) -> Answer:
        return Answer(urlset(*(plain(f"{SITE}/a/{number}", moment) for number in (1, 2))))

    first = read(source, {NEWS: built(ago(1).isoformat()), **pages(1, 2)})
    second = read(source, {NEWS: built(NOW.isoformat())}, before=first)
    assert (second.asked, second.tally.counts["unchanged"]) == ([NEWS], 2)
    assert [post.edited_at for post in first.posts] == [None, None]


# Rechecks


def answered(run: Run, page: Say, source: Source) -> Run:
    post = run.posts[0]
    wanted = (RecheckOf(post_id=post.post_id, lookup=f"{SITE}/a/1"),)
    answers: dict[str, Say] = {NEWS: listed(1), f"{SITE}/a/1": page, f"{SITE}/": Answer("<html></html>", headers=HTML)}
    return read(source, answers, before=run, rechecks=wanted)


@pytest.mark.parametrize(
    ("page", "outcome"),
    [
        (Answer(article(), headers=HTML), "present"),
        (Answer("<html></html>", headers=HTML), "present"),
        (Answer(article(head="<meta name='robots' content='noai'>"), headers=HTML), "deleted"),
        (Answer(article(head=OWN), headers=HTML), "deleted"),
        (Answer(status=410), "deleted"),
        (Answer(status=404), "unknown"),
        (Answer(article(), headers=HTML, url=f"{SITE}/"), "unknown"),
        (Answer(status=403), "unknown"),
        (Refused(Outcome.ROBOTS_DENIED, "robots.txt"), "unknown"),
    ],
)
def test_a_recheck_asks_the_page(source: Source, page: Say, outcome: str) -> None:
    first = read(source, {NEWS: listed(1), **pages(1)})
    run = answered(first, page, source)
    assert (list(run.rechecked.values()), run.outcome, run.adds_up()) == ([outcome], "ok", True)


@pytest.mark.parametrize("head", ["", f"<link rel='canonical' href='{SITE}/a/one'>"])
def test_a_recheck_lands_the_same_wording_or_the_edit_under_the_same_identity(source: Source, head: str) -> None:
    first = read(source, {NEWS: listed(1), **pages(1, head=head)})
    same = answered(first, Answer(article(head=head), headers=HTML), source).posts[0]
    before = first.posts[0]
    assert (same.post_id, same.title, same.text, same.media_text) == (
        before.post_id, before.title, before.text, before.media_text)  # fmt: skip
    edited = answered(first, Answer(article(text="Corrected.", head=head), headers=HTML), source).posts[0]
    assert edited.post_id == before.post_id
    assert "Corrected." in edited.text
