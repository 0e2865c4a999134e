"""Runs of digits: groups of digits with little between them, among which phone numbers, prices and dates are looked for."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from nlp.redaction.lists import any_of, read_lists, whole
from nlp.redaction.numbers import MIN_DIGITS, Regions

# Whatever may stand between the digits of one number: blanks, dashes, dots, emoji; not what belongs to prices and times.
_BETWEEN = r"[^\w:;%€$£₺₦₹₽¥₴💶💵💷!?\"=<>&#@\[\]{}^\x00]|_"
_RUN = re.compile(rf"\d(?:(?:{_BETWEEN}){{0,3}}\d){{{MIN_DIGITS - 1},}}")
_GROUP = re.compile(r"\d+")
OPENING = re.compile(r"(?:\+\s?\(?|\(\s?\+?\s?)$")
"""What begins a number before its first digit; a plus says that a country code follows."""
_URL = re.compile(r"(?:https?://|www\.)\S+")
_URL_CALL = re.compile(r"(?:(?:phone|tel|call|wa|whatsapp|num(?:ber)?|sms)[=/:]|(?:wa\.me|whatsapp\.com)/)(?:\+|%2b)?$")
_LOOK_ALIKE = re.compile(r"(?<![^\W\d_])[oоοli\d](?:[\s.\-/_]{0,2}[oоοli\d]){6,19}(?![^\W\d_])")
_MIXED = re.compile(r"\d[oоοli]|[oоοli]\d")
_ALIKE = str.maketrans("oоοli", "00011")
_CONTEXT = 32
"""Characters before a number in which a word that asks to call is looked for: two short words and a mark."""


@dataclass(frozen=True, slots=True)
class Group:
    """Digits without anything between them. ``gap``: what stands between them and the group before."""

    start: int
    end: int
    digits: str
    gap: str


@dataclass(frozen=True, slots=True)
class Run:
    """``called``: a word before it asks to call. ``glued``: letters stand directly before it.

    ``link_end``: where the link ends in which the run begins; 0 where it begins in none.
    """

    text: str
    groups: tuple[Group, ...]
    regions: Regions
    called: bool
    link_end: int
    glued: bool

    @property
    def linked(self) -> bool:
        """Whether it begins in a link."""
        return self.link_end > 0

    def opening(self, at: int) -> str:
        """The plus and bracket before a group, as far as they belong to it."""
        match = OPENING.search(self.groups[at].gap)
        return match[0] if match else ""

    def is_international(self, at: int) -> bool:
        """Whether a plus stands before the group."""
        return "+" in self.opening(at)

    def digits(self, start: int, end: int) -> str:
        """All digits of the groups from ``start`` to before ``end``."""
        return "".join(group.digits for group in self.groups[start:end])


@functools.cache
def _call_words() -> re.Pattern[str]:
    lists = read_lists()
    beginnings = rf"(?<![^\W\d_])(?:[والب]{{0,3}}){any_of(lists.call_beginnings)}[^\W\d_]{{0,12}}"
    return re.compile(rf"(?:{beginnings}|{whole(lists.call_words)})[^\d\x00]{{0,20}}$")


def read_runs(lower: str, regions: Regions) -> Iterator[Run]:
    """All runs of at least seven digits in a folded text in lower case."""
    if _MIXED.search(lower):
        lower = _LOOK_ALIKE.sub(_unmask, lower)
    links: list[tuple[int, int]] | None = None
    for match in _RUN.finditer(lower):
        links = [found.span() for found in _URL.finditer(lower)] if links is None else links
        while links and links[0][1] <= match.start():
            links.pop(0)
        linked = bool(links) and links[0][0] < match.start()
        yield make_run(lower, match.span(), regions, links[0][1] if linked else 0)


def make_run(lower: str, span: tuple[int, int], regions: Regions, link_end: int) -> Run:
    """The digits of a span, which begins and ends with one. ``link_end``: where the link ends in which it begins; 0: in none."""
    before = lower[max(0, span[0] - _CONTEXT) : span[0]]
    opening = OPENING.search(before)
    bare = before[: opening.start()] if opening else before
    called = bool((_URL_CALL if link_end else _call_words()).search(bare))
    glued = not opening and bool(before) and (before[-1].isalpha() or before[-1] in "_=&")
    return Run(lower, _groups(lower, span, opening[0] if opening else ""), regions, called, link_end, glued)


def _groups(lower: str, span: tuple[int, int], opening: str) -> tuple[Group, ...]:
    groups, position = [], span[0] - len(opening)
    for match in _GROUP.finditer(lower, *span):
        groups.append(Group(match.start(), match.end(), match[0], lower[position : match.start()]))
        position = match.end()
    return tuple(groups)


def _unmask(match: re.Match[str]) -> str:
    """ "O77OO9OO123" -> "07700900123"; a text that is mostly letters stays."""
    digits = sum(char.isdigit() for char in match[0])
    letters = sum(char in "oоοli" for char in match[0])
    return match[0].translate(_ALIKE) if digits >= MIN_DIGITS - 2 and 3 * digits >= 2 * letters else match[0]
