"""Pages and items of a keyed platform's answers, as its spider reads them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeGuard

from records import Post

if TYPE_CHECKING:
    from scrapy.http import Response


@dataclass(frozen=True)
class Page:
    """A page of a list: its items, the dates by which they have their places in it, and what the next is asked by."""

    items: Sequence[Any]
    moments: Sequence[datetime | None]
    next: str | None
    response: Response


@dataclass(frozen=True)
class Read:
    """What an item says: a post; a reason why it is not landed (``gone``: its platform says it is deleted; ``emptied``: it has
    no words of its own, so that those which landed of it were taken back); or nothing."""

    native_id: str | None = None
    post: Post | None = None
    skipped: str = ""
    gone: bool = False
    emptied: bool = False


def print_of(item: Any) -> str:
    """What tells two items of one list apart."""
    return json.dumps(item, sort_keys=True, ensure_ascii=False)


def is_token(value: Any) -> TypeGuard[str]:
    """Whether that can go into an address: what an answer names, and what a cursor has kept of it."""
    return isinstance(value, str) and 0 < len(value) < 2000 and value.isascii() and value.isprintable()


def read_token(value: Any) -> str | None:
    """What the next page is asked by, where an answer names it."""
    return value if is_token(value) else None
