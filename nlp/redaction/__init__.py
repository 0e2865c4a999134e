"""Contact data in a text: phone numbers, e-mail addresses, handles and links to messengers, as spans with keyed hashes.

Rather too much than too little: a number redacted wrongly costs a price, one missed calls a person. Everything is looked
for in a folded copy, so that keycaps, other scripts' digits and invisible characters hide nothing; each finder sees walls
where the one before found something, so spans never overlap and the work grows with the length of the text alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from nlp.redaction.addresses import find_emails, find_links
from nlp.redaction.folded import fold
from nlp.redaction.handles import find_at_names, find_named
from nlp.redaction.phones import find_phones
from nlp.redaction.regions import REGIONS_BY_LANGUAGE
from nlp.redaction.spans import Found, wall_off
from records import Redaction, TextField

__all__ = ["REGIONS_BY_LANGUAGE", "Hasher", "find_redactions"]

Hasher = Callable[[str, str], str]
"""(type, normalised contact) -> 16 hexadecimal digits; config.Pseudonyms.contact."""


def find_redactions(
    fields: Iterable[tuple[TextField, str]], hasher: Hasher, regions: Iterable[str] = ()
) -> tuple[Redaction, ...]:
    """All contact spans of the fields, ordered, not overlapping. ``regions``: ISO 3166-1 alpha-2, likeliest first."""
    order = tuple(dict.fromkeys(regions))
    return tuple(
        Redaction(
            field=field,
            start=start,
            end=end,
            type=found.type,
            region=found.region,
            hash=hasher(found.type, found.normalised),
        )
        for field, text in fields
        for start, end, found in _find(text, order)
    )


def _find(text: str, regions: tuple[str, ...]) -> list[tuple[int, int, Found]]:
    copy = fold(text)
    lower = copy.lower
    # E-mail before handle: the part behind the @ is not a handle of its own.
    everything: list[Found] = []
    for find in (find_links, find_emails, find_at_names, lambda rest: find_named(copy, rest), _phones(regions)):
        found = list(find(lower))
        if found:
            lower = wall_off(lower, found)
            everything += found
    spans: list[tuple[int, int, Found]] = []
    position = 0
    for item in sorted(everything, key=lambda item: item.start):
        start, end = copy.span(item.start, item.end)
        # Two contacts can meet inside one character of the text (a keycap ten): it belongs to the first.
        start = max(start, position)
        if start < end:
            spans.append((start, end, item))
            position = end
    return spans


def _phones(regions: tuple[str, ...]) -> Callable[[str], Iterable[Found]]:
    return lambda rest: find_phones(rest, regions)
