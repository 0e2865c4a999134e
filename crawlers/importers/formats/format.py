"""A known export: its name, the shapes of its items, and the Draft that each item gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from crawlers.importers.json_rows import Unpack
from crawlers.importers.paths import MISSING, value_at
from crawlers.importers.problems import RowFault

Item = dict[str, Any]


@dataclass(frozen=True)
class Draft:
    """What an item says of a post. ``published`` and ``edited`` are as written: Unix seconds, ISO 8601, or as X has it;
    a count is None that cannot be read.
    """

    platform: str
    native_id: str
    text: str
    url: str | None = None
    author: str | None = None
    lang: str | None = None
    media_text: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    reply_to: str | None = None
    thread: str | None = None
    quotes: str | None = None
    engagement: dict[str, int | None] = field(default_factory=dict)
    published: object = None
    edited: object = None


@dataclass(frozen=True)
class Shape:
    """One kind of item. Each entry of ``needs`` names fields of which one has to be there; none of ``without`` may be.

    ``read`` raises RowFault.
    """

    what: str
    needs: tuple[tuple[str, ...], ...]
    read: Callable[[Item], Draft]
    without: tuple[str, ...] = ()

    def lacks(self, item: Item) -> list[str]:
        """What an item would need or must not have to be of this shape; empty for one that is."""
        missing = [" or ".join(paths) for paths in self.needs if all(value_at(item, path) is MISSING for path in paths)]
        surplus = [f"no {path}" for path in self.without if value_at(item, path) is not MISSING]
        return missing + surplus


def _as_is(item: Item) -> Item:
    return item


def _no_answer(_: Item) -> None:
    return None


@dataclass(frozen=True)
class Format:
    """An export.

    ``open`` takes the envelope off an item; ``unpack`` finds the items of an answer (json_rows.Unpack).
    """

    name: str
    title: str
    shapes: tuple[Shape, ...]
    open: Callable[[Item], Item] = _as_is
    unpack: Unpack = _no_answer

    def fits(self, item: Item) -> bool:
        """Whether the item is of one of the shapes."""
        opened = self.open(item)
        return any(not shape.lacks(opened) for shape in self.shapes)

    def read(self, item: Item) -> Draft:
        """The draft of an item. Raises RowFault."""
        opened = self.open(item)
        for shape in self.shapes:
            if not shape.lacks(opened):
                return shape.read(opened)
        raise RowFault("wrong_shape")

    def expected(self, item: Item) -> str:
        """What was expected and what this item lacks, in words; nothing of the item itself is in them."""
        opened = self.open(item)
        nearest = min(self.shapes, key=lambda shape: len(shape.lacks(opened)))
        kinds = ", ".join(shape.what for shape in self.shapes)
        return f"expected {kinds}; for {nearest.what} it lacks {', '.join(nearest.lacks(opened))}"
