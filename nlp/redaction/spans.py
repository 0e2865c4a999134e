"""What the finders hand on: a contact in the folded copy, in the form that is hashed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

WALL = "\x00"
"""Stands where a contact was found: it joins nothing, and no second finder reads it again."""


@dataclass(frozen=True, slots=True)
class Found:
    """``start``, ``end``: offsets in the folded copy. ``normalised``: one form for all spellings of the contact."""

    start: int
    end: int
    type: str
    region: str | None
    normalised: str


def wall_off(text: str, found: Iterable[Found]) -> str:
    """The text with walls in place of what was found (ordered, not overlapping); offsets stay."""
    pieces, position = [], 0
    for item in found:
        pieces += [text[position : item.start], WALL * (item.end - item.start)]
        position = item.end
    return "".join((*pieces, text[position:])) if pieces else text
