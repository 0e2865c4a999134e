"""Reading the fields of an export: what is needed is there or the row is refused, what is not needed may be odd."""

from __future__ import annotations

import re
from typing import Any

from crawlers.counts import read_count
from crawlers.importers.counts import is_given
from crawlers.importers.formats.format import Item
from crawlers.importers.paths import MISSING, value_at
from crawlers.importers.problems import RowFault
from crawlers.importers.rounded import refuse_rounded
from crawlers.urls import host_of

_DIGITS = re.compile(r"[0-9]{1,30}")
_TAG = re.compile(r"[#＃]([^\s#＃!-/:-@\[-^`{-~،؛؟«»…“”„‘’]+)")
_WORD = re.compile(r"[^\s,\[\]'\"#]+")
_OLD_CODES = {"iw": "he", "in": "id", "ji": "yi"}
_NO_LANGUAGE = re.compile(r"un|und|q[a-z]{2}|zxx|art")


def number_id(item: Item, *paths: str) -> str:
    """An id of digits. Raises RowFault where it is missing, of another form, or was rounded by a spreadsheet."""
    value = _first(item, paths)
    refuse_rounded(value)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if value is MISSING or value is None or value == "":
        raise RowFault("missing_id")
    if not isinstance(value, str) or not _DIGITS.fullmatch(value.strip()):
        raise RowFault("odd_id")
    return value.strip()


def linked_id(item: Item, *paths: str) -> str | None:
    """The id of another post, in digits; None where there is none (0, too), or a spreadsheet rounded it."""
    try:
        number = number_id(item, *paths)
    except RowFault:
        return None
    return number if number.strip("0") else None


def text_of(item: Item, *paths: str) -> str:
    """The text at the first path that has any. Raises RowFault for what is no text."""
    value = _first(item, paths)
    if value is MISSING or value is None:
        return ""
    if not isinstance(value, str):
        raise RowFault("wrong_type_text")
    return value


def word(item: Item, *paths: str) -> str | None:
    """A short text that is not needed: a name, an address."""
    for path in paths:
        value = value_at(item, path)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return None


def language(item: Item, *paths: str) -> str | None:
    """The platform's word for the language; None for its words for none."""
    found = (word(item, *paths) or "").lower()
    plain = re.split(r"[-_]", found)[0]
    if not plain or _NO_LANGUAGE.fullmatch(plain):
        return None
    return _OLD_CODES.get(plain, found)


def counts(item: Item, names: dict[str, tuple[str, ...]]) -> dict[str, int | None]:
    """The counts that are there, by our name, None for one that cannot be read.

    A platform that hides one gives none or a negative number.
    """
    found: dict[str, int | None] = {}
    for name, paths in names.items():
        given = [value for value in (value_at(item, path) for path in paths) if is_given(value)]
        read = [read_count(value) for value in given]
        number = next((one for one in read if one is not None and one >= 0), None)
        if number is not None or None in read:
            found[name] = number
    return found


def listed(item: Any, path: str) -> list[Any]:
    """The list at a path; empty where there is none."""
    value = value_at(item, path) if isinstance(item, dict) else MISSING
    return value if isinstance(value, list) else []


def objects(item: Any, path: str) -> list[Item]:
    """The objects in the list at a path."""
    return [one for one in listed(item, path) if isinstance(one, dict)]


def texts(item: Item, *paths: str) -> list[str]:
    """The texts at the paths that hold any."""
    values = (value_at(item, path) for path in paths)
    return [value.strip() for value in values if isinstance(value, str) and value.strip()]


def linked(text: str, address: str | None, *own: str) -> list[str]:
    """The link that a post is about, which may be the contact; none that the text shows, nor to the platform's ``own`` hosts."""
    if address is None or not address.startswith(("http://", "https://")) or address in text:
        return []
    return [] if f".{host_of(address)}".endswith(own) else [address]


def tags_in(text: str) -> tuple[str, ...]:
    """The hashtags in a text, without the #, as written."""
    return unique(found for found in _TAG.findall(text))


def tag_words(value: object) -> tuple[str, ...]:
    """Hashtags in a list or, from a table, in text: `boza,harraga` or `['boza', 'harraga']`."""
    if isinstance(value, str):
        return unique(_WORD.findall(value))
    if isinstance(value, list):
        return unique(one.strip().lstrip("#") for one in value if isinstance(one, str))
    return ()


def unique(words: Any) -> tuple[str, ...]:
    """Each text once, in order, without empty ones."""
    return tuple(dict.fromkeys(one for one in words if one))


def _first(item: Item, paths: tuple[str, ...]) -> object:
    for path in paths:
        value = value_at(item, path)
        if value is not MISSING and value is not None and value != "":
            return value
    return MISSING
