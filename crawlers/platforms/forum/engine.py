"""What the pages of one forum engine look like: selectors, a page rule and a date rule, read from a YAML file.

1. forums/NAME.yaml in the data folder, an operator's own; else
2. engines/NAME.yaml beside this file, ours; each says in its head what it was checked against

A selector is CSS, with ``::attr(NAME)`` for an attribute and ``::text`` for an element's own words. Where a list of
selectors stands, the first that finds something counts; of dates, the first that can be read. ``pattern`` cuts the value out of
what was found: group 1.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from cssselect import SelectorError
from lxml import etree
from lxml.etree import XPath, _Element
from parsel.csstranslator import HTMLTranslator
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from config import ConfigError, read_yaml

SHIPPED = Path(__file__).with_name("engines")


@functools.cache
def _compiled(selector: str) -> XPath:
    return etree.XPath(HTMLTranslator().css_to_xpath(selector))


def _is_selector(selector: str) -> str:
    try:
        _compiled(selector)
    except (SelectorError, etree.XPathError) as exc:
        raise ValueError(f"{selector!r} is no selector: {exc}") from exc
    return selector


def _is_pattern(pattern: str) -> str:
    try:
        groups = re.compile(pattern).groups
    except re.error as exc:
        raise ValueError(f"{pattern!r} is no pattern: {exc}") from exc
    if groups < 1:
        raise ValueError(f"{pattern!r} has no group: put what counts in brackets")
    return pattern


Selector = Annotated[str, AfterValidator(_is_selector)]
Pattern = Annotated[str, AfterValidator(_is_pattern)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Pick(_Part):
    """One value of an element. In YAML a selector, a list of them, or ``at`` with a ``pattern``."""

    at: tuple[Selector, ...]
    pattern: Pattern | None = None

    def elements(self, within: _Element) -> list[_Element]:
        """The elements that the first fitting selector finds, in the page's order."""
        for selector in self.at:
            found = [item for item in _compiled(selector)(within) if isinstance(item, _Element)]
            if found:
                return found
        return []

    def texts(self, within: _Element) -> Iterator[str]:
        """What the selectors find, one after the other, each on one line and cut by the pattern; without empty ones."""
        for selector in self.at:
            for item in _compiled(selector)(within):
                text = cut(" ".join(_words(item).split()), self.pattern)
                if text:
                    yield text

    def text(self, within: _Element) -> str:
        """The first value; empty where there is none."""
        return next(self.texts(within), "")


def _words(item: Any) -> str:
    return str(item.xpath("string()")) if isinstance(item, _Element) else str(item)


def cut(text: str, pattern: str | None) -> str:
    """Group 1 of the pattern (the first group that took part), the whole without one, empty where it does not match."""
    if pattern is None:
        return text
    match = re.search(pattern, text)
    return next((group.strip() for group in match.groups() if group), "") if match else ""


def _as_pick(value: object) -> object:
    if isinstance(value, str):
        return {"at": (value,)}
    return {"at": tuple(value)} if isinstance(value, list) else value


Picked = Annotated[Pick, BeforeValidator(_as_pick)]


class PageRule(_Part):
    """How a list or a topic goes on over several pages."""

    links: Picked = Field(description="Links to the pages, those next to the current one among them.")
    number: Pattern = Field(
        description="Where in a link the page's number or offset stands; none there: the first page."
    )
    first: int = Field(description="The first page's number: 1, or 0 where an offset stands there.")
    current: Picked = Field(description="The number of the page shown, counted from 1, as words.")


class TopicRule(_Part):
    """A topic's row in the list of topics."""

    row: Picked
    link: Picked = Field(description="Link to the topic's first page.")
    id: Pattern = Field(description="Where in that link the topic's id stands; none there: the link itself is its id.")
    pages: Picked = Field(description="Links to the topic's pages, where the row has some.")
    mark: tuple[Picked, ...] = Field(description="What together changes with each new post, and else never.")
    last: Picked = Field(description="When the last post was written.")
    empty: Picked | None = Field(
        default=None,
        description="Found on a list only where it has no topics; without it one that shows none counts as another layout.",
    )


class PostRule(_Part):
    """A post on a topic's page."""

    title: Picked = Field(description="The topic's title.")
    row: Picked
    id: Picked
    author: Picked
    date: Picked
    edited: Picked | None = None
    body: Picked
    drop: tuple[Selector, ...] = Field(
        default=(), description="Parts of the body that are not the author's: quotes, smilies."
    )
    deleted: Picked | None = Field(default=None, description="Found only in a post that its board shows as deleted.")
    counts: dict[str, Picked] = Field(default_factory=dict, description="Engagement counts by name.")


class Engine(_Part):
    """One forum engine."""

    sign: Picked = Field(description="Found on every page of this engine, and on no bot wall or notice of maintenance.")
    login: Picked | None = Field(default=None, description="The form that stands where members only may read.")
    board: Pattern = Field(description="The board's address within that of one of its forums.")
    permalink: str = Field(description="A post's own address, of {board}, {topic}, {topic_id} and {id}.")
    session: tuple[str, ...] = Field(default=(), description="Parameters of links that name the visitor or the view.")
    pages: PageRule
    topics: TopicRule
    posts: PostRule
    formats: tuple[str, ...] = Field(default=(), description="Dates in numbers, for strptime; tried before all else.")

    @field_validator("permalink")
    @classmethod
    def _names_the_post(cls, value: str) -> str:
        try:
            known = value.format(board="", topic="", topic_id="", id="1") != value.format(
                board="", topic="", topic_id="", id="2"
            )
        except (KeyError, IndexError, ValueError) as exc:
            raise ValueError(f"{value!r} may hold {{board}}, {{topic}}, {{topic_id}} and {{id}} only") from exc
        if not known:
            raise ValueError(f"{value!r} does not hold {{id}}")
        return value


_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}")


def load_engine(name: str, data: Path | None) -> Engine:
    """The engine of that name; a file of the data folder goes before ours. Raises ConfigError."""
    if _NAME.fullmatch(name) is None:
        raise ConfigError(f"{name!r} is no engine: lower-case letters, digits, _ and - only")
    shipped = sorted(path.stem for path in SHIPPED.glob("*.yaml"))
    own = data / "forums" / f"{name}.yaml" if data is not None else None
    path = own if own is not None and own.is_file() else SHIPPED / f"{name}.yaml"
    return read_yaml(path, Engine, f"no forum engine {name}: there are {', '.join(shipped)}, or write {own}")
