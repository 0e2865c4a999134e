"""A subreddit's feed, in the form that Reddit documents: the words of whoever wrote, and not the line below them."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.platforms.articles.article import Article
from crawlers.platforms.feeds.byline import without_byline
from crawlers.platforms.feeds.document import parse_feed
from crawlers.platforms.feeds.posts import make_post
from crawlers.tally import Tally
from records import Post
from tests.crawlers.conftest import make_source

URL = "https://www.reddit.com/r/example_town/.rss"
PLACE = "https://www.reddit.com/r/example_town/comments/1/t/"
BYLINE = (
    '&#32; submitted by &#32; <a href="https://www.reddit.com/user/ana_example"> /u/ana_example </a> <br/> <span>'
    f'<a href="{{}}">[link]</a></span> &#32; <span><a href="{PLACE}">[comments]</a></span>'
)


def read(content: str, place: str = PLACE) -> Post:
    body = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>r</title><entry><author><name>/u/ana_example</name></author>'
        f'<content type="html">{escape(content)}</content><id>t3_1</id><link href="{place}"/>'
        "<updated>2026-11-01T00:00:00Z</updated><title>A boat</title></entry></feed>"
    )
    (entry,) = parse_feed(body.encode(), "application/atom+xml", URL).entries
    return make_post(
        entry,
        Article(),
        identity=place,
        source=make_source(URL),
        language=None,
        now=datetime(2026, 11, 22, tzinfo=UTC),
        tally=Tally(),
    )


@pytest.mark.parametrize(
    ("words", "link", "text"),
    [
        ('<div class="md"><p>Words</p></div>', PLACE, "Words"),
        ("", "https://t.me/sample_contact?a=1&amp;b=2", "https://t.me/sample_contact?a=1&b=2"),
        ('<table><tr><td><img src="x" alt="A boat"/></td><td>', "https://i.redd.it/a.jpg", ""),
    ],
)
def test_the_authors_name_is_no_word_of_a_submission_and_its_link_is(words: str, link: str, text: str) -> None:
    post = read(words + BYLINE.format(link))
    assert (post.title, post.text) == ("A boat", text)
    assert post.author == "/u/ana_example", "what its pseudonym is made of"


def test_elsewhere_the_same_words_are_the_posts() -> None:
    assert "ana_example" in read("Words " + BYLINE.format(PLACE), "https://n.example/1").text


@given(st.text(st.sampled_from('submitedby <>="a/hrf[link]'), max_size=60))
def test_no_markup_breaks_it(markup: str) -> None:
    assert markup.startswith(without_byline(markup, PLACE)[:5])
