"""A page that stands in an article's place, poll by poll, for feeds and sitemaps; the answers are given, see stand_in.py.

Log-ins, questions for consent and notices of maintenance are pages that come with HTTP 200 in an article's place.
"""

from __future__ import annotations

import pytest

from config import Source
from crawlers.errors import Refused
from crawlers.outcome import Outcome
from crawlers.platforms.articles.article import Article
from crawlers.platforms.articles.belief import Expected, is_believed
from crawlers.wording import Wording
from tests.crawlers.articles_given import BY_FEED_AND_BY_SITEMAP, LIST, SITE, House, edited, listing, page
from tests.crawlers.outlet import HTML
from tests.crawlers.stand_in import Answer, Say, read

WORDS = "to read this page you need an account of the house and a password that was sent to you by mail"
LOGIN = f"""<!doctype html><html lang="en"><head><title>Log in</title><meta name="robots" content="noindex"></head>
<body><main><h1>Log in</h1><p>Welcome back, {WORDS}.</p><p>If you forgot it, {WORDS}.</p></main></body></html>"""
OPEN_LOGIN = LOGIN.replace("noindex", "index")
OTHER = f"""<!doctype html><html lang="en"><head><title>A new bridge</title><link rel="canonical" href="{SITE}/9">
<meta property="article:published_time" content="2026-11-20"></head><body><article><p>The council voted on Friday for a
second bridge across the river, after years of quarrels about its cost and about the trees on its western bank.</p>
<p>Work begins next spring and takes three years, the mayor told reporters.</p></article></body></html>"""


def login(body: str = OPEN_LOGIN, url: str | None = None) -> Answer:
    return Answer(body, headers=HTML, url=url)


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
@BY_FEED_AND_BY_SITEMAP
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


@BY_FEED_AND_BY_SITEMAP
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
