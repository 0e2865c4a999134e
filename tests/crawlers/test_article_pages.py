"""What the answers of article pages mean, poll by poll, for feeds and sitemaps; the answers are given, see stand_in.py.

Log-ins, questions for consent and notices of maintenance are pages that come with HTTP 200 in an article's place.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from config import Source
from crawlers.errors import Refused
from crawlers.landing import MemoryStore
from crawlers.outcome import Outcome
from crawlers.platforms.articles.article import Article
from crawlers.platforms.articles.belief import Expected, is_believed
from crawlers.platforms.feeds.memory import FeedMemory, Known
from crawlers.task import RecheckOf
from crawlers.wording import Wording
from ledger import Ledger, LedgerUnavailable
from tests.crawlers.conftest import Poll, make_rechecks_due, make_source, posts
from tests.crawlers.outlet import HTML, news, urlset
from tests.crawlers.site import Site, article, item, rss
from tests.crawlers.stand_in import NOW, Answer, Run, Say, read

SITE = "https://herald.example"
LIST = f"{SITE}/list"
WORDS = "to read this page you need an account of the house and a password that was sent to you by mail"
LOGIN = f"""<!doctype html><html lang="en"><head><title>Log in</title><meta name="robots" content="noindex"></head>
<body><main><h1>Log in</h1><p>Welcome back, {WORDS}.</p><p>If you forgot it, {WORDS}.</p></main></body></html>"""
OPEN_LOGIN = LOGIN.replace("noindex", "index")
OTHER = f"""<!doctype html><html lang="en"><head><title>A new bridge</title><link rel="canonical" href="{SITE}/9">
<meta property="article:published_time" content="2026-11-20"></head><body><article><p>The council voted on Friday for a
second bridge across the river, after years of quarrels about its cost and about the trees on its western bank.</p>
<p>Work begins next spring and takes three years, the mayor told reporters.</p></article></body></html>"""


def page(number: int = 1, **words: str) -> Answer:
    return Answer(article(f"Item {number}: a crossing", **words), headers=HTML)


def login(body: str = OPEN_LOGIN, url: str | None = None) -> Answer:
    return Answer(body, headers=HTML, url=url)


def sitemap(*numbers: int, lastmod: str = "") -> Answer:
    listed = (news(f"{SITE}/{n}", NOW - timedelta(hours=n), title=f"Item {n}", lastmod=lastmod) for n in numbers)
    return Answer(urlset(*listed))


def summaries(*numbers: int, summary: str = "A summary.") -> Answer:
    return Answer(rss(*(item(n, text=None, base=SITE, summary=summary) for n in numbers)))


@pytest.fixture(params=["feeds", "sitemap"])
def source(request: pytest.FixtureRequest) -> Source:
    return make_source(LIST, kind=request.param)


def listing(source: Source, *numbers: int) -> Answer:
    return sitemap(*numbers) if source.kind == "sitemap" else summaries(*numbers)


def edited(source: Source, *numbers: int) -> Answer:
    """A list that says of all its articles that they were changed."""
    return (
        sitemap(*numbers, lastmod=NOW.isoformat()) if source.kind == "sitemap" else summaries(*numbers, summary="New.")
    )


class House:
    """Polls of one source that share what was landed."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.store = MemoryStore()
        self.answers: dict[str, Say] = {LIST: listing(source, 1, 2), f"{SITE}/1": page(1), f"{SITE}/2": page(2)}
        self.last: Run | None = None
        self.last = self.poll()
        assert [post.native_id for post in self.last.posts] == [f"{SITE}/1", f"{SITE}/2"]
        self.post = self.last.posts[0]

    def poll(self, *, recheck: bool = False, days: float = 0) -> Run:
        wanted = (RecheckOf(post_id=self.post.post_id, lookup=f"{SITE}/1"),) if recheck else ()
        when = NOW + timedelta(days=days)
        run = read(self.source, self.answers, before=self.last, store=self.store, rechecks=wanted, started=when)
        assert run.adds_up()
        self.last = run
        return run


# Pages that are not the article


@pytest.mark.parametrize(
    "instead",
    [
        login(),
        login(url=f"{SITE}/login"),
        login(LOGIN, url=f"{SITE}/login?next=/1"),
        login(OPEN_LOGIN.replace("<title>", f"<link rel='canonical' href='{SITE}/login'><title>")),
        login(OTHER, url=f"{SITE}/9"),
        login(LOGIN),
        login(OPEN_LOGIN.replace("Log in", "Down for maintenance")),
        Refused(Outcome.BLOCKED, "a bot wall (Anubis) stands before herald.example"),
    ],
)  # fmt: skip
def test_a_page_in_the_articles_place_neither_edits_nor_deletes_it(source: Source, instead: Say) -> None:
    house = House(source)
    house.answers[f"{SITE}/1"] = instead
    if instead == login(LOGIN):
        # With noindex at the article's own address it is told from a withdrawn consent by what another page says.
        house.answers[f"{SITE}/2"] = instead
    again = house.poll(recheck=True)
    assert (again.rechecked, again.posts, again.removed) == ({house.post.post_id: "unknown"}, [], [])
    house.answers[LIST] = edited(source, 1)
    for _ in range(5):
        run = house.poll()
        assert (run.posts, run.removed) == ([], [])


def test_a_page_in_the_articles_place_is_not_read_for_it_and_the_next_polls_try(source: Source) -> None:
    answers: dict[str, Say] = {LIST: listing(source, 1), f"{SITE}/1": login()}
    first = read(source, answers)
    assert [post.text for post in first.posts] == ([] if source.kind == "sitemap" else ["A summary."])
    late = read(source, {**answers, f"{SITE}/1": page()}, before=first)
    assert ["coast guard" in post.text for post in late.posts] == [True]


def titled(title: str, text: str = "", canonical: str | None = None, published: str | None = None) -> Article:
    return Article(text=text, title=title, canonical=canonical, published=published)


STORY = "The boat left at night with forty people on board, and the coast guard found it in the morning."
BEFORE = Wording("Forty rescued at sea", STORY, "", (), {})
LINK = f"{SITE}/a/1"


@pytest.mark.parametrize(
    ("found", "url", "expected", "believed"),
    [
        (titled("Rescue: a correction", f"{STORY} One more was found."), f"{SITE}/b/2", Expected(LINK, landed=BEFORE), True),
        (titled("Forty-one rescued at sea", "All new.", canonical=LINK), LINK, Expected(LINK, landed=BEFORE), True),
        (titled("Forty rescued at sea", "All new."), LINK, Expected(LINK, landed=BEFORE), True),
        (titled("Forty rescued at sea", "All new."), f"{SITE}/x", Expected(LINK, landed=BEFORE), False),
        (titled("Log in", WORDS, canonical=LINK), LINK, Expected(LINK, landed=BEFORE), False),
        (titled("Forty rescued at sea", WORDS, canonical=f"{SITE}/c"), LINK, Expected(LINK, landed=BEFORE), False),
        (titled("Log in | Forty", WORDS, published="2026-01-01"), LINK, Expected(LINK, landed=BEFORE), False),
        (titled("Forty rescued", STORY), f"{SITE}/slug", Expected(f"{SITE}/?p=1", "Forty rescued at sea"), True),
        (titled("Log in", WORDS), f"{SITE}/login", Expected(LINK, "Forty rescued at sea"), False),
        (titled("Log in", WORDS), f"{SITE}/login", Expected(LINK), False),
        (titled("Log in", WORDS), LINK, Expected(LINK, "Forty rescued at sea"), False),
        (titled("Something", STORY, published="2026-01-01"), f"{SITE}/slug", Expected(LINK), True),
        (titled("Something", STORY), LINK, Expected(LINK), True),
    ],
)  # fmt: skip
def test_a_page_is_the_article_where_it_shows_that_it_is(
    found: Article, url: str, expected: Expected, believed: bool
) -> None:
    assert is_believed(found, url, expected) is believed


# What was removed


def test_what_was_removed_lands_again_once_it_is_listed_and_readable(source: Source) -> None:
    house = House(source)
    house.answers |= {f"{SITE}/1": Answer(status=410), LIST: listing(source, 1, 2)}
    assert house.poll(recheck=True).rechecked == {house.post.post_id: "deleted"}
    assert f"{SITE}/1" not in house.poll(days=0.2).asked, "once a day is enough"
    still = house.poll(days=1)
    assert (f"{SITE}/1" in still.asked, still.posts, still.removed) == (True, [], [])
    house.answers[f"{SITE}/1"] = page(1)
    assert f"{SITE}/1" not in house.poll(days=1.2).asked
    assert [post.post_id for post in house.poll(days=2).posts] == [house.post.post_id]
    assert f"{SITE}/1" not in house.poll(days=3).asked, "it is there again"


def test_what_is_gone_is_awaited_once_a_day_be_it_listed_or_not() -> None:
    memory = FeedMemory({"a": ["mark", None, 0, "2026-11-22", 1], "b": ["mark", None, 0]})
    assert not memory.awaits("2026-11-22")
    assert memory.awaits("2026-11-23"), "then a list is asked for whole, not whether it has changed"
    memory.note_asked("2026-11-23")
    assert FeedMemory(memory.dump()).get("a") == Known("mark", None, 0, "2026-11-23", page=True)
    assert not FeedMemory(memory.dump()).awaits("2026-11-23")


def test_removed_at_the_source_and_there_again_end_to_end(site: Site, poll: Poll, ledger: Ledger) -> None:
    base = site.base_url
    for number in (1, 2):
        site.serve(f"/{number}", article(), Content_Type="text/html")
    source = make_source(site.serve("/feed", rss(*(item(n, text=None, base=base) for n in (1, 2)))))
    poll(source)
    make_rechecks_due(ledger)
    site.serve("/1", "", 410)
    assert poll(source).counts["recheck_deleted"] == 1
    assert posts(ledger)[f"{base}/1"]["removed_at"] is not None
    site.serve("/1", article(text="It is back."), Content_Type="text/html")
    # The entry's own change is asked for at once.
    site.serve("/feed", rss(*(item(n, text=None, base=base, summary="New.") for n in (1, 2))))
    assert poll(source).counts["revised"] == 1
    assert posts(ledger)[f"{base}/1"]["removed_at"] is None
    assert "It is back." in posts(ledger)[f"{base}/1"]["text"]


# Edits that no list shows


def test_a_recheck_lands_the_edit_of_an_article_that_its_feed_does_not_show() -> None:
    house = House(make_source(LIST))
    assert house.poll(recheck=True).posts == [], "nothing has changed"
    house.answers[f"{SITE}/1"] = page(1, text="The number was corrected.")
    run = house.poll(recheck=True)
    (post,) = run.posts
    assert (post.post_id, post.title, "corrected" in post.text) == (house.post.post_id, "Item 1", True)
    assert (post.media_text, post.author) == (house.post.media_text, None), "what else the feed and the page said stays"
    assert house.poll(recheck=True).posts == []


def test_a_text_that_came_from_the_feed_is_not_replaced_by_its_pages() -> None:
    source = make_source(LIST)
    store = MemoryStore()
    answers: dict[str, Say] = {LIST: Answer(rss(item(1, base=SITE))), f"{SITE}/1": page()}
    first = read(source, answers, store=store)
    wanted = (RecheckOf(post_id=first.posts[0].post_id, lookup=f"{SITE}/1"),)
    second = read(source, answers, before=first, store=store, rechecks=wanted)
    assert (second.posts, list(second.rechecked.values())) == ([], ["present"])


def test_an_edit_that_a_recheck_found_is_a_revision(site: Site, poll: Poll, ledger: Ledger) -> None:
    site.serve("/1", article("Item 1"), Content_Type="text/html")
    entry = item(1, text=None, base=site.base_url, more="<category>sea</category><slash:comments>7</slash:comments>")
    source = make_source(site.serve_versioned("/feed", rss(entry), '"1"'))
    poll(source)
    make_rechecks_due(ledger)
    site.serve("/1", article("Item 1", text="The number was corrected."), Content_Type="text/html")
    again = poll(source)
    assert (again.outcome, again.counts["revised"], again.counts["recheck_present"]) == ("not_modified", 1, 1)
    stored = posts(ledger)[f"{site.base_url}/1"]
    assert ("corrected" in stored["text"], stored["hashtags"], stored["engagement"]) == (True, ["sea"], {"replies": 7})


class GoneStore(MemoryStore):
    """A ledger that goes away between reading and rechecking."""

    def wording(self, post_id: str) -> Wording | None:
        raise LedgerUnavailable("the database is away")


def test_a_ledger_that_goes_away_fails_the_poll_in_its_own_words(source: Source) -> None:
    answers: dict[str, Say] = {LIST: listing(source, 1), f"{SITE}/1": page(1)}
    first = read(source, answers)
    wanted = (RecheckOf(post_id=first.posts[0].post_id, lookup=f"{SITE}/1"),)
    run = read(source, answers, before=first, store=GoneStore(), rechecks=wanted)
    assert (run.outcome, run.tally.fault, run.rechecked) == ("failed", "the database is away", {})


# Pages that are barred


@pytest.mark.parametrize(
    "bar",
    [Answer(status=403), Answer(status=401), Answer(status=451), Refused(Outcome.BLOCKED, "a bot wall stands there")],
)
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
def test_a_text_that_was_read_is_not_replaced_by_a_summary(source: Source, instead: Answer) -> None:
    house = House(source)
    house.answers |= {LIST: edited(source, 1, 2), f"{SITE}/1": instead, f"{SITE}/2": Answer(status=503)}
    for _ in range(5):
        assert house.poll().posts == []
