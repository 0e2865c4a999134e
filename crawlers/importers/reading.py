"""How a field of a post is read from a row: from a path, the first of several, a constant, or a template.

A template builds one value of several fields: ``{channel}/{message.id}``. Where one of them is missing there is no value.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from crawlers.importers.mapping import LINKS, PLACEHOLDER, Constant, FieldName
from crawlers.importers.paths import MISSING, follow
from crawlers.importers.problems import RowFault
from crawlers.importers.rounded import refuse_rounded

Read = Callable[[dict[str, object]], object]
"""The value in a row, or MISSING. May raise RowFault."""


def make_reader(rule: tuple[str, ...] | Constant, name: str) -> Read:
    """Reads the field ``name`` by its rule. Paths are taken apart once: a file has a million rows."""
    if isinstance(rule, Constant):
        constant = rule.value
        return lambda _: constant
    readers = [_template(source, name) if "{" in source else _path(source) for source in rule]

    def read(values: dict[str, object]) -> object:
        for reader in readers:
            found = reader(values)
            if found is not MISSING and found is not None and found != "":
                return found
        return MISSING

    return read


def text_of(value: object, name: str) -> str:
    """A text, empty for a missing one. Raises RowFault for anything else."""
    if value is MISSING or value is None:
        return ""
    if not isinstance(value, str):
        raise RowFault(f"wrong_type_{name}")
    return value


def scalar_of(value: object, name: str) -> str:
    """Text or a whole number as text: ids are numbers in many exports. Raises RowFault for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return text_of(value, name).strip()


def words_of(value: object, name: FieldName, sign: str) -> tuple[str, ...]:
    """Words in a list or a text, each once, without the sign before them. Raises RowFault for anything else."""
    if value is MISSING or value is None:
        return ()
    words = value.replace(",", " ").split() if isinstance(value, str) else value
    if not isinstance(words, list) or not all(isinstance(word, str | int) for word in words):
        raise RowFault(f"wrong_type_{name}")
    # Accounts are numbers in some exports.
    words = [str(word) for word in words]
    return tuple(dict.fromkeys(word.strip().lstrip(sign) for word in words if word.strip(f"{sign} ")))


def _path(path: str) -> Read:
    steps = path.split(".")

    def read(values: dict[str, object]) -> object:
        # A column may have dots in its own name.
        return values[path] if path in values else follow(values, steps)

    return read


def _template(template: str, name: str) -> Read:
    # The texts between the fields stand at the even places.
    parts = re.split(PLACEHOLDER, template)
    fields = [_path(part) for part in parts[1::2]]
    is_id = name in ("id", *LINKS)

    def read(values: dict[str, object]) -> object:
        found: list[str] = []
        for field in fields:
            value = field(values)
            if is_id:
                refuse_rounded(value)
            word = scalar_of(value, name)
            if not word:
                return MISSING
            found.append(word)
        return parts[0] + "".join(word + text for word, text in zip(found, parts[2::2], strict=True))

    return read
