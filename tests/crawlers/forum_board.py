"""A board of hand-made pages that lives: posts are added, edited, held and deleted, and all of its pages follow.

Six engines, each with its own addresses, page numbers and form of dates; pages of 4 topics and of 5 posts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.crawlers import forum_pages as pages
from tests.crawlers import forum_vbulletin as vbulletin
from tests.crawlers.forum_pages import Entry, Row, Sheet
from tests.crawlers.site import Site
from tests.crawlers.stand_in import Answer, Say

TOPICS, POSTS = 4, 5
HTML = {"Content-Type": "text/html; charset=utf-8"}


@dataclass(frozen=True)
class Style:
    """How one engine shows a board. ``step``: what its page numbers grow by, from ``first`` on."""

    rows: Callable[..., str]
    posts: Callable[..., str]
    when: str
    forum: Callable[[int], str]
    topic: Callable[[int, int], str]
    post: Callable[[int, int], str]
    first: int = 1
    step: int = 1

    def number(self, page: int, length: int) -> int:
        """The number in the address of the n-th page, counted from 0."""
        return page * (length if self.step == 0 else 1) + self.first


STYLES = {
    "phpbb": Style(
        pages.phpbb_list,
        pages.phpbb_topic,
        "%a %b %d, %Y %I:%M %p",
        lambda n: f"/viewforum.php?f=3{f'&start={n}' if n else ''}",
        lambda topic, n: f"/viewtopic.php?f=3&t={topic}{f'&start={n}' if n else ''}",
        lambda topic, post: f"/viewtopic.php?p={post}",
        first=0,
        step=0,
    ),
    "smf": Style(
        pages.smf_list,
        pages.smf_topic,
        "%B %d, %Y, %I:%M:%S %p",
        lambda n: f"/index.php?board=3.{n}",
        lambda topic, n: f"/index.php?topic={topic}.{n}",
        lambda topic, post: f"/index.php?topic={topic}.msg{post}",
        first=0,
        step=0,
    ),
    "mybb": Style(
        pages.mybb_list,
        pages.mybb_topic,
        "%m-%d-%Y, %I:%M %p",
        lambda n: f"/forumdisplay.php?fid=3{f'&page={n}' if n > 1 else ''}",
        lambda topic, n: f"/showthread.php?tid={topic}{f'&page={n}' if n > 1 else ''}",
        lambda topic, post: f"/showthread.php?pid={post}",
    ),
    "xenforo": Style(
        pages.xenforo_list,
        pages.xenforo_topic,
        "%Y-%m-%dT%H:%M:%S+0000",
        lambda n: f"/forums/travel.3/{f'page-{n}' if n > 1 else ''}",
        lambda topic, n: f"/threads/road.{topic}/{f'page-{n}' if n > 1 else ''}",
        lambda topic, post: f"/threads/road.{topic}/post-{post}",
    ),
    "vbulletin": Style(
        vbulletin.vbulletin_list,
        vbulletin.vbulletin_topic,
        "%m-%d-%Y, %I:%M %p",
        lambda n: f"/forumdisplay.php?3-travel{f'/page{n}' if n > 1 else ''}",
        lambda topic, n: f"/showthread.php?{topic}-road{f'/page{n}' if n > 1 else ''}",
        lambda topic, post: f"/showthread.php?p={post}",
    ),
    "vbulletin3": Style(
        vbulletin.vbulletin3_list,
        vbulletin.vbulletin3_topic,
        "%m-%d-%Y, %I:%M %p",
        lambda n: f"/forumdisplay.php?f=3{f'&page={n}' if n > 1 else ''}",
        lambda topic, n: f"/showthread.php?t={topic}{f'&page={n}' if n > 1 else ''}",
        lambda topic, post: f"/showthread.php?p={post}",
    ),
}


@dataclass
class Kept:
    """A post of the board."""

    topic: int
    at: datetime
    entry: Entry
    held: bool = False


@dataclass
class Board:
    """A board. ``pages()`` are all of its pages by path; posts are in a topic in the order of their times."""

    engine: str
    posts: dict[int, Kept] = field(default_factory=dict)
    base: str = pages.BASE

    @property
    def style(self) -> Style:
        return STYLES[self.engine]

    @property
    def url(self) -> str:
        return self.base + self.style.forum(self.style.first)

    def add(self, topic: int, at: datetime, text: str = "", *, held: bool = False, id: int | None = None) -> int:
        number = id or max(self.posts, default=100) + 1
        when = at.astimezone(UTC).strftime(self.style.when)
        self.posts[number] = Kept(topic, at, Entry(number, when, text or f"Words of post {number}."), held)
        return number

    def fill(self, topic: int, number: int, end: datetime, step: timedelta = timedelta(minutes=10)) -> list[int]:
        """Posts up to ``end``."""
        return [self.add(topic, end - step * (number - 1 - n)) for n in range(number)]

    def edit(self, post: int, text: str, at: datetime) -> None:
        entry = self.posts[post].entry
        entry.text, entry.edited = text, at.strftime(self.style.when)

    def shown(self, topic: int) -> list[Kept]:
        found = [kept for kept in self.posts.values() if kept.topic == topic and not kept.held]
        return sorted(found, key=lambda kept: (kept.at.replace(second=0, microsecond=0), kept.entry.id))

    def pages(self) -> dict[str, str]:
        """All pages by path."""
        made: dict[str, str] = {}
        topics = {kept.topic for kept in self.posts.values() if self.shown(kept.topic)}
        order = sorted(topics, key=lambda topic: self.shown(topic)[-1].at, reverse=True)
        for topic in topics:
            made |= self._topic_pages(topic)
        sheets = self._sheets(len(order), TOPICS)
        for page, sheet in enumerate(sheets):
            rows = [self._row(topic) for topic in order[page * TOPICS : (page + 1) * TOPICS]]
            made[self.style.forum(sheet.current)] = self.style.rows(rows, sheet)
        return {path: html.replace(pages.BASE, self.base) for path, html in made.items()}

    def answers(self, **over: Say) -> dict[str, Say]:
        """All pages by address; ``over`` puts other answers in the place of paths."""
        plain: dict[str, Say] = {self.base + path: Answer(html, headers=HTML) for path, html in self.pages().items()}
        return plain | {self.base + path: say for path, say in over.items()}

    def publish(self, site: Site) -> None:
        """Puts all pages on a server, in the place of those that were there."""
        self.base = site.base_url
        site.answers.clear()
        for path, html in self.pages().items():
            site.serve(path, html, Content_Type="text/html; charset=utf-8")

    def _sheets(self, count: int, length: int) -> list[Sheet]:
        numbers = [self.style.number(page, length) for page in range(max(1, -(-count // length)))]
        return [
            Sheet(number, [other for other in numbers if other != number], shown)
            for shown, number in enumerate(numbers, 1)
        ]

    def _topic_pages(self, topic: int) -> dict[str, str]:
        shown = self.shown(topic)
        made = {}
        for page, sheet in enumerate(self._sheets(len(shown), POSTS)):
            part = [kept.entry for kept in shown[page * POSTS : (page + 1) * POSTS]]
            html = self.style.posts(part, sheet, topic)
            made[self.style.topic(topic, sheet.current)] = html
            made |= {self.style.post(topic, entry.id): html for entry in part}
        return made

    def _row(self, topic: int) -> Row:
        shown = self.shown(topic)
        last = self._sheets(len(shown), POSTS)[-1].current
        return Row(topic, shown[-1].entry.when, len(shown) - 1, shown[-1].entry.id, pages=last)
