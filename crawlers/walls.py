"""Bot walls: whether an answer is the page of a firewall, a proof of work or a captcha instead of what was asked for.

The signs are those of walls.yaml. A wall is never got round; whoever reads has to end with `blocked`, or with "unclear" for
one post. Its wording, its `noindex` and its "not found" say nothing of what lies behind it.
"""

from __future__ import annotations

import functools
import html
import re
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from pydantic import BaseModel, ConfigDict

from crawlers.errors import Walled

if TYPE_CHECKING:
    from scrapy.http import Response

_BEGINNING = 100_000
"""Bytes of a page that are looked at: walls are small pages, and a long article need not be searched to its end."""
_STUB = 2_000
"""Bytes of a page that holds one script or one redirect and nothing to read: SiteGround's has 221, Incapsula's about 1,000."""
_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype html|\?xml[^>]{0,200}>\s*<!doctype html|(?:html|head|title|script|meta|body)\b)",
    re.I,
)
_TITLE = re.compile(rb"<title[^>]{0,200}>([^<]{0,300})</title", re.I)
_MARKUP = re.compile(rb"<(script|noscript|iframe)\b[^<>]*>.*?(?:</\1|\Z)|<[^<>]*>", re.I | re.S)
"""What a page's makers wrote: tags, scripts, and what is shown instead of them. What its readers wrote stands between tags."""
_DATA = re.compile(rb"<script\b[^<>]*json[^<>]*>", re.I)
"""A script that holds data, and so perhaps what readers wrote."""


class _Wall(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    headers: dict[str, str] = {}
    titles: tuple[str, ...] = ()
    titled: dict[str, str] = {}
    marks: tuple[tuple[str, ...], ...] = ()
    stubs: tuple[tuple[str, ...], ...] = ()

    def sends(self, response: Response) -> bool:
        """Whether a header says so."""
        return any(
            word in (response.headers.get(name) or b"").decode("latin-1").lower()
            for name, words in self.headers.items()
            for word in words.split("|")
        )

    def shows(self, page: _Page) -> bool:
        """Whether the page is this wall's."""
        if page.title in self.titles or (len(page.whole) <= _STUB and _any_line(self.stubs, page.whole)):
            return True
        if (words := self.titled.get(page.title)) is not None and words in page.words:
            return True
        # An article about walls may show their markup; no wall calls itself an article.
        return b"<article" not in page.whole and _any_line(self.marks, page.markup)


class _Page:
    """A page as its walls are looked for. ``title`` and ``words`` are in small letters, without entities."""

    def __init__(self, body: bytes) -> None:
        self.whole = body[:_BEGINNING]
        found = _TITLE.search(self.whole)
        self.title = " ".join(_plain(found[1]).split()) if found else ""

    @functools.cached_property
    def words(self) -> str:
        return _plain(self.whole)

    @functools.cached_property
    def markup(self) -> bytes:
        parts = (found[0] for found in _MARKUP.finditer(self.whole))
        return b"\n".join(data[0] if (data := _DATA.match(part)) else part for part in parts)


def find_wall(response: Response) -> str | None:
    """The name of the bot wall that answered, whatever its status; None for any other answer, pages or not."""
    walls = _walls()
    named = next((wall.name for wall in walls if wall.sends(response)), None)
    if named is not None or not _PAGE.match(response.body):
        return named
    page = _Page(response.body)
    return next((wall.name for wall in walls if wall.shows(page)), None)


def stop_at_wall(response: Response) -> None:
    """Raises Walled where a bot wall answered."""
    wall = find_wall(response)
    if wall is not None:
        raise Walled(wall, response.url)


def _plain(page: bytes) -> str:
    return html.unescape(page.decode("utf-8", "replace")).casefold()


def _any_line(lines: tuple[tuple[str, ...], ...], page: bytes) -> bool:
    return any(all(part.encode() in page for part in line) for line in lines)


@functools.cache
def _walls() -> tuple[_Wall, ...]:
    content = yaml.safe_load(Path(__file__).with_name("walls.yaml").read_text("utf-8"))
    return tuple(_Wall.model_validate(wall) for wall in content["walls"])
