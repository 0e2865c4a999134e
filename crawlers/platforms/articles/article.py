"""An article page -> its text, date, author and canonical link, or the word by which it refuses to be read."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lxml.etree import _Element

from crawlers.robots_tag import header_refuses, meta_refuses
from crawlers.texts import one_line, tidy
from crawlers.urls import canonical_url, host_of

if TYPE_CHECKING:
    from scrapy.http import Response

log = logging.getLogger(__name__)

_DATE_META = (
    "article:published_time",
    "og:article:published_time",
    "datepublished",
    "date",
    "dc.date",
    "dcterms.created",
)
_MAX_ALTS = 20


@dataclass(frozen=True)
class Article:
    """What a page says; ``refusal`` is set where it must not be landed, and then only ``canonical`` and ``title`` are, too."""

    text: str = ""
    title: str = ""
    author: str | None = None
    published: str | None = None
    language: str | None = None
    canonical: str | None = None
    media_texts: tuple[str, ...] = ()
    refusal: str | None = None


def read_article(response: Response) -> Article:
    """Reads a page. An Article without text means that none was found."""
    refusal = header_refuses(value.decode("latin-1") for value in response.headers.getlist("X-Robots-Tag"))
    content_type = (response.headers.get("Content-Type") or b"").decode("latin-1").lower()
    if content_type and "html" not in content_type and "xml" not in content_type and "text/plain" not in content_type:
        return Article(refusal=refusal)
    # trafilatura takes 0.3 s to import, a third of a poll's start, and most polls read no article.
    from trafilatura.utils import load_html

    page = load_html(response.body)
    if page is None:
        return Article(refusal=refusal)
    canonical = _canonical(page, response.url)
    refusal = refusal or meta_refuses(page)
    if refusal:
        return Article(title=_title(page), canonical=canonical, refusal=refusal)
    published, language = _published(page), page.get("lang")
    alts = _alts(page)
    found = _extract(page, response.url)
    return Article(
        text=tidy(found.get("text") or ""),
        title=one_line(found.get("title") or ""),
        author=found.get("author"),
        published=published,
        language=language,
        canonical=canonical,
        media_texts=alts,
    )


def _extract(page: _Element, url: str) -> dict[str, Any]:
    import trafilatura

    try:
        document = trafilatura.bare_extraction(page, url=url, with_metadata=True, include_comments=False)
    except Exception as exc:  # noqa: BLE001  it names none; a page that it stumbles over is one without an article, not the poll's end
        log.info("%s: no article can be read from it (%s)", url[:200], type(exc).__name__)
        return {}
    if document is None:
        return {}
    return document if isinstance(document, dict) else document.as_dict()


def _canonical(page: _Element, url: str) -> str | None:
    """The page's canonical link, if it can be believed: same host, and not the home page."""
    for link in page.iter("link"):
        if "canonical" in (link.get("rel") or "").lower().split():
            found = canonical_url(link.get("href") or "")
            # Some systems give every page the home page as canonical link: all articles would become one.
            if found and host_of(found) == host_of(url) and found.partition("://")[2].strip("/").count("/") >= 1:
                return found
    return None


def _title(page: _Element) -> str:
    """What the page calls itself, be it with the site's name behind it: to tell an article from a log-in, not to land."""
    title = next(page.iter("title"), None)
    return one_line(title.text or "") if title is not None else ""


def _published(page: _Element) -> str | None:
    named = {
        (tag.get("property") or tag.get("name") or tag.get("itemprop") or "").lower(): tag.get("content")
        for tag in page.iter("meta")
        if tag.get("content")
    }
    for name in _DATE_META:
        if named.get(name):
            return str(named[name])
    for script in page.iter("script"):
        if (script.get("type") or "").lower() == "application/ld+json" and script.text and len(script.text) < 200_000:
            found = _date_in_json(script.text)
            if found:
                return found
    # Outside the article a time is a comment's, a neighbour's or the day's. No date is searched for in the page's words
    # either: the year of a copyright line would become the article's.
    article = next(page.iter("article"), None)
    times = article.iter("time") if article is not None else ()
    return next((tag.get("datetime") for tag in times if tag.get("datetime")), None)


def _date_in_json(text: str) -> str | None:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    graph = data.get("@graph", [data]) if isinstance(data, dict) else data
    for node in graph if isinstance(graph, list) else ():
        if isinstance(node, dict) and isinstance(node.get("datePublished"), str):
            return str(node["datePublished"])
    return None


def _alts(page: _Element) -> tuple[str, ...]:
    body = next(page.iter("article"), None)
    images = body.iter("img") if body is not None else ()
    found = (one_line(image.get("alt") or "") for image in images)
    return tuple(dict.fromkeys(text for text in found if text))[:_MAX_ALTS]
