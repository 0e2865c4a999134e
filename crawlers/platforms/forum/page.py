"""A forum's page -> its topics or its posts, by an engine's selectors. No network, no clock: pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin, urlsplit

import lxml.html
from lxml.etree import LxmlError, _Element

from crawlers.platforms.forum.dates import DateRule
from crawlers.platforms.forum.engine import Engine, Pick, cut
from crawlers.platforms.forum.own_part import read_own_part
from crawlers.platforms.shared.drafting import words_of
from crawlers.robots_tag import meta_refuses
from crawlers.texts import one_line
from crawlers.urls import host_of

ROWS = 1000
"""Rows of a page that are looked at; boards show at most a few hundred posts on one."""
_LANGUAGE = re.compile(r"([a-zA-Z]{2,3})(?:[-_][\w-]*)?$")
_COUNT = re.compile(r"\d{1,12}")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""Characters that lxml reads and then refuses to write."""


class NotAPage(Exception):
    """The body is no HTML page."""


@dataclass(frozen=True)
class Pages:
    """The pages that a list or a topic goes on over: number -> address, as far as they are linked."""

    number: int
    links: dict[int, str]
    is_first: bool

    @property
    def after(self) -> str | None:
        """The next page."""
        higher = [number for number in self.links if number > self.number]
        return self.links[min(higher)] if higher else None

    @property
    def before(self) -> str | None:
        """The page before."""
        lower = [number for number in self.links if number < self.number]
        return self.links[max(lower)] if lower else None

    @property
    def last(self) -> str | None:
        """The last page, where it is not the one shown."""
        highest = max(self.links, default=self.number)
        return self.links[highest] if highest > self.number else None


@dataclass(frozen=True)
class TopicRow:
    """A topic as the list shows it. ``mark`` changes with each new post; ``last_page`` is as far as the row knows."""

    key: str
    url: str
    last_page: str
    mark: str
    last: datetime | None


@dataclass(frozen=True)
class TopicList:
    """A page of the list of topics. ``known``: it is a page of this engine; ``members_only``: it asks for a log-in.

    ``is_empty``: it says that it has no topics.
    """

    topics: tuple[TopicRow, ...]
    pages: Pages
    known: bool
    is_empty: bool
    members_only: bool
    refusal: str | None


@dataclass(frozen=True)
class PostRow:
    """A post as a topic's page shows it; ``faults`` are words of crawlers.dates. ``id`` is empty where none was found.

    ``has_body``: the place of its words was found, whether or not any stand there; ``quotes``: words of others do.
    """

    id: str
    author: str | None
    published: datetime | None
    edited: datetime | None
    title: str
    text: str
    media_text: str
    counts: dict[str, int]
    deleted: bool
    faults: tuple[str, ...]
    has_body: bool
    quotes: bool
    raw: bytes
    """Its author's part of the row (own_part.py)."""

    @property
    def says_something(self) -> bool:
        """Whether it has words."""
        return bool(self.text or self.media_text or self.title)


@dataclass(frozen=True)
class TopicPage:
    """A page of a topic."""

    posts: tuple[PostRow, ...]
    pages: Pages
    language: str | None
    known: bool
    refusal: str | None


def clean_link(base: str, href: str, session: Iterable[str] = ()) -> str | None:
    """The address that a link leads to, without fragment and the given parameters; None for anything but http(s)."""
    try:
        found = urljoin(base, href.strip()).partition("#")[0]
        if urlsplit(found).scheme not in ("http", "https") or not host_of(found):
            return None
    except ValueError:
        return None
    names = "|".join(map(re.escape, session))
    if names:
        # By hand: parameters stand behind & or ; and some engines write a list without names, which must stay as it is.
        found = re.sub(rf"(?<=[?&;])(?:{names})(?:=[^&;]*)?(?:[&;]|$)", "", found).rstrip("?&;")
    return found


def board_of(url: str, engine: Engine) -> str:
    """The board's address, ending in a slash: what the ids of its posts are unique in."""
    found = cut(url.partition("#")[0], engine.board)
    return found if found.endswith("/") else f"{(found or url.partition('?')[0]).rsplit('/', 1)[0]}/"


def read_topics(text: str, url: str, engine: Engine, dates: DateRule) -> TopicList:
    """A page of the list of topics. Raises NotAPage."""
    root = _parse(text)
    rows = (_topic(row, url, engine, dates) for row in engine.topics.row.elements(root)[:ROWS])
    # A topic can stand twice, e.g. as an announcement; the first place counts.
    topics = {topic.key: topic for topic in reversed([row for row in rows if row is not None])}
    return TopicList(
        topics=tuple(reversed(topics.values())),
        pages=_pages(root, url, engine),
        known=bool(engine.sign.elements(root)),
        is_empty=not topics and engine.topics.empty is not None and bool(engine.topics.empty.elements(root)),
        members_only=not topics and engine.login is not None and bool(engine.login.elements(root)),
        refusal=meta_refuses(root),
    )


def read_posts(text: str, url: str, engine: Engine, dates: DateRule) -> TopicPage:
    """A page of a topic. Raises NotAPage."""
    root = _parse(text)
    pages = _pages(root, url, engine)
    title = one_line(engine.posts.title.text(root))
    rows = engine.posts.row.elements(root)[:ROWS]
    return TopicPage(
        # The title is the words of whoever opened the topic: an offer there must not make offers of all the answers.
        posts=tuple(
            _post(row, engine, dates, host_of(url), title if pages.is_first and number == 0 else "")
            for number, row in enumerate(rows)
        ),
        pages=pages,
        language=_language(root.get("lang")),
        known=bool(engine.sign.elements(root)),
        refusal=meta_refuses(root),
    )


def _parse(text: str) -> _Element:
    # Bytes with the encoding told: lxml refuses text that names one of its own.
    body = _CONTROL.sub("\ufffd", text).encode("utf-8", "replace")
    try:
        return lxml.html.document_fromstring(body, parser=lxml.html.HTMLParser(encoding="utf-8", remove_comments=True))
    except (LxmlError, ValueError) as exc:
        raise NotAPage("not an HTML page") from exc


def _number(link: str, engine: Engine) -> int:
    digits = cut(link, engine.pages.number)
    return int(digits) if digits.isdecimal() and len(digits) < 10 else engine.pages.first


def _pages(root: _Element, url: str, engine: Engine) -> Pages:
    links: dict[int, str] = {}
    for link in _links(engine.pages.links, root, url, engine):
        links.setdefault(_number(link, engine), link)
    number = _number(url, engine)
    shown = engine.pages.current.text(root)
    # The address of a post says nothing of the page it stands on.
    is_first = number == engine.pages.first and (not shown.isdecimal() or int(shown) == 1)
    return Pages(number, links, is_first)


def _links(pick: Pick, within: _Element, url: str, engine: Engine) -> list[str]:
    """Links of the page's own server."""
    found = (clean_link(url, item.get("href") or "", engine.session) for item in pick.elements(within))
    return [link for link in found if link is not None and host_of(link) == host_of(url)]


def _topic(row: _Element, url: str, engine: Engine, dates: DateRule) -> TopicRow | None:
    rule = engine.topics
    links = _links(rule.link, row, url, engine)
    if not links:
        return None
    pages = {_number(link, engine): link for link in [links[0], *_links(rule.pages, row, url, engine)]}
    return TopicRow(
        key=cut(links[0], rule.id) or links[0],
        url=links[0],
        last_page=pages[max(pages)],
        mark="\n".join(pick.text(row) for pick in rule.mark),
        last=_first_date(rule.last, row, dates)[0],
    )


def _first_date(pick: Pick | None, row: _Element, dates: DateRule) -> tuple[datetime | None, str | None]:
    """The first of the values that can be read, else what was wrong with the first."""
    first_fault: str | None = None
    for text in pick.texts(row) if pick is not None else ():
        moment, fault = dates.read(text)
        if moment is not None:
            return moment, None
        first_fault = first_fault or (fault.value if fault else None)
    return None, first_fault


def _post(row: _Element, engine: Engine, dates: DateRule, host: str, title: str) -> PostRow:
    rule = engine.posts
    published, fault = _first_date(rule.date, row, dates)
    edited, _ = _first_date(rule.edited, row, dates)
    own = read_own_part(row, rule)
    body = own.markup or ""
    text, media_text = words_of(body, host)
    counts = {name: pick.text(row) for name, pick in rule.counts.items()}
    return PostRow(
        id=rule.id.text(row),
        author=one_line(rule.author.text(row))[:200] or None,
        published=published,
        edited=edited if edited is not None and (published is None or edited > published) else None,
        title=title,
        text=text,
        media_text=media_text,
        counts={name: int(found[0]) for name, text in counts.items() if (found := _COUNT.findall(text))},
        deleted=rule.deleted is not None and bool(rule.deleted.elements(row)),
        faults=(fault,) if fault else (),
        has_body=own.markup is not None,
        quotes=own.quotes,
        raw=own.raw,
    )


def _language(code: str | None) -> str | None:
    match = _LANGUAGE.match((code or "").strip())
    return match[1].lower() if match else None
