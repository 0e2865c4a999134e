"""Whether the page that answered for an article's address is that article.

A log-in, a question for consent or a notice of maintenance comes with HTTP 200 in the article's place, at its address or
behind a redirect. Its words must not become the article's, so the page has to show that it is the article:
read before   most words of the earlier text are there; or it has the article's title, and its canonical link or a day of
              publication with no other canonical link; or the very same title, where it says nothing of the rest
read first    its canonical link, the title or the summary that the list gave, or a day of publication; behind a redirect
              to another path the day counts only where the list gave no title
Where nothing is known to compare with, a page at the article's own address is believed.
A page behind a redirect that says `noindex` is read no further. Nothing is landed against it; that a post is to go it says
only where it names itself as the article or has its title: a log-in speaks of itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from crawlers.platforms.articles.article import Article
from crawlers.urls import canonical_url, other_scheme
from crawlers.wording import Wording
from records import WEB, make_post_id

_LONG = re.compile(r"\w{4,}")
_ANY = re.compile(r"\w+")
_FEWEST = 5
"""Words that a comparison of texts needs: "please log in" stands in many articles."""


@dataclass(frozen=True)
class Expected:
    """An article as it is known before its page is opened.

    ``landed`` only where the page was read before; ``is_new``: nothing of it has landed yet, from wherever.
    """

    link: str
    title: str = ""
    summary: str = ""
    post_id: str | None = None
    landed: Wording | None = None
    is_new: bool = False


def names_itself(canonical: str | None, expected: Expected) -> bool:
    """Whether a page's canonical link is that of the expected article."""
    if canonical is None:
        return False
    link = canonical_url(expected.link) or expected.link
    return canonical in (link, other_scheme(link)) or make_post_id(WEB, canonical) == expected.post_id


def has_moved(url: str, link: str) -> bool:
    """Whether a redirect led to another path; another scheme or host alone (www, https) is the same page."""
    return urlsplit(url).path.rstrip("/") != urlsplit(link).path.rstrip("/")


def is_meant(article: Article, url: str, expected: Expected) -> bool:
    """Whether a page's refusal to be indexed holds for the expected article; see the module's docstring."""
    if expected.is_new or not has_moved(url, expected.link) or names_itself(article.canonical, expected):
        return True
    titles = (expected.landed.title if expected.landed else "", expected.title)
    return any(_is_about(title, article.title) for title in titles)


def is_home(url: str, link: str) -> bool:
    """Whether an article's address led to a home page, as that of a withdrawn one does on many sites."""
    return urlsplit(url).path in ("", "/") and urlsplit(link).path not in ("", "/")


def is_believed(article: Article, url: str, expected: Expected) -> bool:
    """Whether the page read from ``url`` is the expected article; see the module's docstring."""
    own, moved = names_itself(article.canonical, expected), has_moved(url, expected.link)
    landed = expected.landed
    if landed is None:
        about = _is_about(expected.title, f"{article.title} {article.text}")
        if own or about or _is_kept(expected.summary, article.text):
            return True
        return (
            bool(article.published) and not expected.title if moved else bool(article.published or not expected.title)
        )
    if _is_kept(landed.text, article.text):
        return True
    titles = [title for title in (landed.title, expected.title) if title]
    titled = not titles or any(_is_about(title, article.title) for title in titles)
    if own or (article.published and article.canonical is None):
        return titled
    return article.canonical is None and not moved and article.title in titles


def _is_about(title: str, text: str) -> bool:
    """Whether most words of a title stand in a text."""
    words = set(_LONG.findall(title.casefold())) or set(_ANY.findall(title.casefold()))
    return 2 * len(words & set(_ANY.findall(text.casefold()))) > len(words) if words else False


def _is_kept(before: str, now: str) -> bool:
    """Whether half the words of the shorter of two texts stand in the other: an edit, or the text behind a summary."""
    old, new = (set(_LONG.findall(text.casefold())) for text in (before, now))
    shorter = min(len(old), len(new))
    return shorter >= _FEWEST and 2 * len(old & new) >= shorter
