"""Posts asked for again in a poll: what the answers mean, and that no answer makes the poll itself a failure."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from config import Source
from crawlers.errors import BudgetSpent, RateLimited, Refused, TooLarge, Unreachable
from crawlers.outcome import Outcome
from crawlers.rechecking import AFTER_FAILURE, REFUSALS, Manners, PutOff, ask_again
from crawlers.rechecking import Answer as Became
from crawlers.tally import Tally
from crawlers.task import RecheckOf
from ledger import Ledger, Rechecked, RecheckOutcome, due_rechecks
from records import Landing
from tests.crawlers.conftest import Poll, make_rechecks_due, make_source
from tests.crawlers.outlet import news, urlset
from tests.crawlers.site import Site, article, item, rss
from tests.crawlers.stand_in import NOW, WALL, Answer, read

FEED = "https://news.example/feed"
PAGE = "https://news.example/1"
SOURCE = Source.model_validate({"id": "news", "kind": "feeds", "url": FEED, "purpose": "test", "legal_basis": "test"})
RSS = (
    "<rss version='2.0'><channel><title>n</title>"
    "<item><title>One</title><link>https://news.example/1</link><description>words of one</description></item>"
    "<item><title>Two</title><link>https://news.example/2</link><description>words of two</description></item>"
    "</channel></rss>"
)
WANTED = (RecheckOf(post_id="a" * 32, lookup=PAGE),)


def answers(page: Answer | Exception) -> dict[str, Answer | Exception]:
    """A feed of two articles, the second of which can be read."""
    return {
        FEED: Answer(RSS, headers={"Content-Type": "application/rss+xml"}),
        PAGE: page,
        "https://news.example/2": html(),
    }


def html(head: str = "") -> Answer:
    page = f"<html><head>{head}<title>One</title></head><body><article><p>Some words of the article.</p></article></body></html>"
    return Answer(page, headers={"Content-Type": "text/html"})


@pytest.mark.parametrize(
    ("page", "outcome"),
    [
        (html(), "present"),
        (html("<meta name='robots' content='noindex'>"), "deleted"),
        (Answer(status=410), "deleted"),
        (Answer(status=404), "unknown"),
        (Answer(status=403), "unknown"),
        (Answer(status=451), "unknown"),
        (Answer(status=503), "unknown"),
        (Unreachable("no route"), "unknown"),
        (Refused(Outcome.ROBOTS_DENIED, "robots.txt"), "unknown"),
    ],
)
def test_only_410_and_withdrawn_consent_are_deletions_of_what_is_listed(page: Answer | Exception, outcome: str) -> None:
    run = read(SOURCE, answers(page), rechecks=WANTED)
    assert run.rechecked == {"a" * 32: outcome}
    assert run.outcome == "ok"
    assert run.adds_up()


def test_an_article_that_no_list_names_any_more_is_deleted_where_another_is_found() -> None:
    gone = (RecheckOf(post_id="b" * 32, lookup="https://news.example/old"),)
    assert read(SOURCE, answers(html()), rechecks=gone).rechecked == {"b" * 32: "deleted"}
    nothing = {FEED: answers(html())[FEED]}
    run = read(SOURCE, nothing, rechecks=gone)
    assert (run.rechecked, run.tally.counts["removal_doubted"]) == ({"b" * 32: "unknown"}, 1)


def test_an_unchanged_feed_is_read_again_before_an_article_of_it_counts_as_deleted() -> None:
    first = read(SOURCE, {**answers(html()), FEED: Answer(RSS, headers={"ETag": '"1"'})})
    said = iter([Answer(status=304), Answer(RSS)])
    again = {**answers(Answer(status=404)), FEED: lambda _: next(said)}
    run = read(SOURCE, again, before=first, rechecks=WANTED)
    assert (run.outcome, run.rechecked, run.asked) == ("not_modified", {"a" * 32: "unknown"}, [FEED, PAGE, FEED])


@pytest.mark.parametrize(
    "fault",
    [Answer(status=503), Answer("<html></html>"), WALL, Unreachable("no route"), RateLimited("news.example", NOW)],
)
@pytest.mark.parametrize("kind", ["feeds", "sitemap"])
def test_an_unchanged_list_that_cannot_be_read_again_proves_no_deletion(kind: str, fault: Answer | Exception) -> None:
    source = make_source(FEED, kind=kind)
    listing = RSS if kind == "feeds" else urlset(news(PAGE, NOW), news("https://news.example/2", NOW))
    first = read(source, {**answers(html()), FEED: Answer(listing, headers={"ETag": '"1"'})})
    said = iter([Answer(status=304), fault])
    away = RecheckOf(post_id="b" * 32, lookup="https://other.example/1")
    home = {f"https://{host}.example/": html() for host in ("news", "other")}
    again = {**answers(Answer(status=404)), **home, away.lookup: Answer(status=404), FEED: lambda _: next(said)}
    run = read(source, again, before=first, rechecks=(*WANTED, away))
    # Where the list's server asks for a wait, the post that it would have decided stays due.
    waits = {} if isinstance(fault, RateLimited) else {"a" * 32: "unknown"}
    assert (run.outcome, run.rechecked) == ("not_modified", {**waits, "b" * 32: "unknown"})
    assert run.asked.count(FEED) == 2


@pytest.mark.parametrize("stop", [RateLimited("news.example", NOW + timedelta(hours=3)), BudgetSpent("requests", 5)])
def test_what_there_is_no_room_for_stays_due(stop: Exception) -> None:
    run = read(SOURCE, answers(stop), before=read(SOURCE, answers(html())), rechecks=WANTED)
    assert run.rechecked == {}
    assert run.tally.counts["rechecks_put_off"] == 1
    assert run.outcome in {"ok", "not_modified"}


def many(number: int) -> tuple[RecheckOf, ...]:
    return tuple(RecheckOf(post_id=f"{n:032x}", lookup=f"https://news.example/{n}") for n in range(number))


def failing(*pages: Answer | Exception, feed: Answer | Exception | None = None) -> dict[str, Answer | Exception]:
    """A feed that cannot be read, and article pages by number."""
    return {FEED: feed or Answer(status=500), **{f"https://news.example/{n}": page for n, page in enumerate(pages)}}


def test_posts_of_a_failing_source_are_asked_for_while_its_server_answers() -> None:
    run = read(SOURCE, failing(html(), Answer(status=404), html()), rechecks=many(3))
    assert list(run.rechecked.values()) == ["present", "present", "deleted"]
    assert (run.outcome, run.spider.message) == ("failed", "HTTP 500")


def test_a_failing_source_is_asked_for_few_and_for_none_after_the_first_unclear_answer() -> None:
    run = read(SOURCE, failing(*[html()] * 30), rechecks=many(30))
    assert len(run.rechecked) == AFTER_FAILURE
    run = read(SOURCE, failing(html(), Answer(status=503), html()), rechecks=many(3))
    assert list(run.rechecked.values()) == ["present", "unknown"]
    assert len(run.asked) == 3


def test_a_failing_source_that_finds_nothing_has_deleted_nothing() -> None:
    run = read(SOURCE, failing(feed=Answer(status=404)), rechecks=many(3))
    assert list(run.rechecked.values()) == ["unknown"], "nor is any other post asked for"
    assert run.tally.counts["removal_doubted"] == 1


@pytest.mark.parametrize(
    "feed",
    [
        Unreachable("no route"),
        Answer(status=403),
        Answer(status=410),
        RateLimited("news.example", NOW + timedelta(hours=3)),
        Refused(Outcome.ROBOTS_DENIED, "robots.txt"),
        BudgetSpent("requests", 1),
    ],
)
def test_who_refuses_us_or_does_not_answer_is_asked_for_nothing_more(feed: Answer | Exception) -> None:
    run = read(SOURCE, failing(html(), feed=feed), rechecks=many(1))
    assert run.rechecked == {}
    assert run.asked == [FEED]


def test_an_entry_lands_with_what_it_is_asked_by() -> None:
    found = read(SOURCE, answers(html())).items
    assert [item.lookup for item in found if isinstance(item, Landing)] == [PAGE, "https://news.example/2"]
    plain = SOURCE.model_copy(update={"articles": False})
    assert [item.lookup for item in read(plain, answers(html())).items if isinstance(item, Landing)] == [None, None]


class Batches:
    """Answers for posts three at a time: for all but every third one, which it leaves out."""

    batch = 3

    def __init__(self, *ends: Exception | None) -> None:
        self.tally = Tally()
        self.manners = Manners()
        self.asked: list[int] = []
        self._ends = list(ends)

    async def recheck_batch(self, posts: Sequence[RecheckOf]) -> dict[str, Became] | None:
        self.asked.append(len(posts))
        end = self._ends.pop(0) if self._ends else None
        if end is not None:
            raise end
        return {post.post_id: RecheckOutcome.PRESENT for post in posts[:2]}


async def outcomes(spider: Batches, number: int) -> list[str]:
    found = [item async for item in ask_again(spider, many(number))]
    return [item.outcome.value for item in found if isinstance(item, Rechecked)]


def test_posts_are_asked_for_as_many_at_a_time_as_the_platform_answers_for() -> None:
    spider = Batches()
    assert asyncio.run(outcomes(spider, 7)) == ["present"] * 5, "what is left out of an answer stays due"
    assert spider.asked == [3, 3, 1]


def test_a_batch_without_an_answer_says_nothing_of_any_of_its_posts() -> None:
    spider = Batches(None, TooLarge("one page"), BudgetSpent("requests", 2))
    assert asyncio.run(outcomes(spider, 12)) == ["present"] * 2 + ["unknown"] * 3
    assert (spider.asked, spider.tally.counts["rechecks_put_off"]) == ([3, 3, 3], 1)


@pytest.mark.parametrize(
    "fault",
    [
        Unreachable("no route"),
        Refused(Outcome.BLOCKED, "a bot wall"),
        Refused(Outcome.PRIVATE_ADDRESS, "a private address"),
    ],
)
def test_a_server_that_refuses_us_or_does_not_answer_is_asked_for_nothing_more(fault: Exception) -> None:
    spider = Batches(None, fault)
    assert asyncio.run(outcomes(spider, 12)) == ["present"] * 2 + ["unknown"] * 3
    assert (spider.asked, spider.tally.counts["rechecks_put_off"]) == ([3, 3], 1)


class OneByOne(Batches):
    """A platform without an answer for several: it is asked for each post of a batch, and refuses every request."""

    async def recheck_batch(self, posts: Sequence[RecheckOf]) -> dict[str, Became] | None:
        for _ in posts:
            self.manners.check(PAGE)
            self.asked.append(1)
            self.manners.note_answer(PAGE, 403)
        return dict.fromkeys((post.post_id for post in posts), RecheckOutcome.UNCLEAR)


@pytest.mark.parametrize(("batch", "unclear"), [(2, 4), (REFUSALS, REFUSALS), (5, 5)])
def test_who_refuses_us_is_asked_for_nothing_more_also_where_lookups_name_no_server(batch: int, unclear: int) -> None:
    spider = OneByOne()
    spider.batch = batch
    spider.manners.begin()
    posts = [RecheckOf(post_id=f"{n:032x}", lookup=f"AT{n}") for n in range(60)]

    async def ask() -> list[str]:
        return [item.outcome.value async for item in ask_again(spider, posts) if isinstance(item, Rechecked)]

    assert asyncio.run(ask()) == ["unknown"] * unclear, "what nobody was asked for stays due"
    assert (len(spider.asked), spider.tally.counts["rechecks_put_off"]) == (REFUSALS, 1)


def test_a_page_that_is_forbidden_or_too_large_says_nothing_of_its_server() -> None:
    spider = Batches(Refused(Outcome.ROBOTS_DENIED, "robots.txt"), TooLarge("one page"))
    asyncio.run(outcomes(spider, 9))
    assert spider.asked == [3, 3, 3]


def test_other_servers_are_asked_when_one_asks_for_a_wait() -> None:
    pages = {f"https://{host}.example/{n}": html() for host in ("news", "other") for n in (8, 9)}
    posts = tuple(RecheckOf(post_id=f"{n:032x}", lookup=url) for n, url in enumerate(sorted(pages)))
    wait = RateLimited("news.example", datetime.now(UTC) + timedelta(days=3))
    run = read(SOURCE, {**answers(html()), **pages, posts[0].lookup: wait}, rechecks=posts)
    assert run.rechecked == {posts[2].post_id: "present", posts[3].post_id: "present"}, "the others stay due"
    assert run.tally.counts["rechecks_put_off"] == 1


def test_other_servers_are_asked_when_one_refuses_us() -> None:
    pages = {f"https://{host}.example/{n}": html() for host in ("news", "other") for n in (8, 9)}
    posts = tuple(RecheckOf(post_id=f"{n:032x}", lookup=url) for n, url in enumerate(sorted(pages)))
    run = read(SOURCE, {**answers(html()), **pages, posts[0].lookup: Unreachable("no route")}, rechecks=posts)
    assert run.rechecked == {posts[0].post_id: "unknown", posts[2].post_id: "present", posts[3].post_id: "present"}
    assert posts[1].lookup not in run.asked
    assert run.tally.counts["rechecks_put_off"] == 1


def test_answers_in_a_row_that_refuse_us_are_the_servers_word() -> None:
    manners = Manners()
    for status in [403] * 9:
        manners.note_answer(PAGE, status)
    manners.check(PAGE)
    manners.begin()
    for status in (403, 503, 404, 451, 500):
        manners.note_answer(PAGE, status)
    manners.check(PAGE)
    manners.note_answer("https://news.example/2", 401)
    manners.check("https://other.example/1")
    with pytest.raises(PutOff):
        manners.check(PAGE)


@pytest.mark.parametrize("status", [403, 451])
def test_a_server_that_refuses_every_page_is_asked_for_three(
    site: Site, poll: Poll, ledger: Ledger, status: int
) -> None:
    entries = [item(number, base=site.base_url) for number in range(1, 9)]
    source = make_source(site.serve("/feed", rss(*entries)), articles=True)
    for number in range(1, 9):
        site.serve(f"/{number}", article(), Content_Type="text/html")
    poll(source)
    make_rechecks_due(ledger)
    for number in range(1, 9):
        site.serve(f"/{number}", "no", status)
    before = len(site.paths())
    again = poll(source)
    assert again.outcome == "ok"
    assert (again.counts["recheck_unknown"], again.counts["rechecks_put_off"]) == (REFUSALS, 1)
    assert len(site.paths()) - before == 1 + REFUSALS
    assert len(due_rechecks(ledger, "test", datetime.now(UTC), 10)) == 8 - REFUSALS, "the others stay due"


def test_a_wall_before_an_article_says_nothing_of_it_and_ends_the_asking(
    site: Site, poll: Poll, ledger: Ledger
) -> None:
    entries = [item(number, base=site.base_url) for number in (1, 2)]
    source = make_source(site.serve("/feed", rss(*entries)), articles=True)
    for number in (1, 2):
        site.serve(f"/{number}", article(), Content_Type="text/html")
    poll(source)
    make_rechecks_due(ledger)
    wall = (
        "<!doctype html><html><head><title>Just a moment...</title><meta name='robots' content='noindex'></head></html>"
    )
    for number in (1, 2):
        site.serve(f"/{number}", wall, Content_Type="text/html")
    again = poll(source)
    assert (again.outcome, again.counts["recheck_unknown"], again.counts["rechecks_put_off"]) == ("ok", 1, 1)
    assert "removed" not in again.counts
