"""Changing sources.yaml: the operator's comments and order stay, and the file changes whole or not at all.

1. the entries are checked, and the file as it is
2. the changed file is written beside it and read back: it must hold what it held and what was to be changed, no more
3. it takes the old one's place
"""

from __future__ import annotations

import io
import os
import secrets
import shutil
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from config.catalogue import catalogue_entry
from config.errors import ConfigError
from config.sources import FILE, Source, SourceRegister, load_sources
from config.yaml_file import parse_values, read_yaml

_EMPTY = """\
# What may be read, why, and how often. One entry a source; `daymark sources add URL` writes one.
# A source without purpose and legal_basis does not run. All fields: docs/sources.md.
sources: []
"""


def make_register(data: Path) -> None:
    """Writes an empty sources.yaml where there is none."""
    path = data / FILE
    if not path.exists():
        path.write_text(_EMPTY, "utf-8")


def add_source(data: Path, entry: Mapping[str, object]) -> Source:
    """Adds an entry to sources.yaml and returns it.

    Raises ConfigError, with the file as it was, for an entry that is wrong, would not run or stands there already, and for
    a file that is wrong or cannot be written.
    """
    source = parse_values(entry, Source)
    _must_run(source)
    add_entries(data, [entry])
    return source


def add_entries(data: Path, entries: Sequence[Mapping[str, object]]) -> tuple[Source, ...]:
    """Adds entries to sources.yaml, also such as would not run; returns them.

    Raises ConfigError as `add_source` does; then none is added.
    """
    sources = tuple(parse_values(entry, Source) for entry in entries)
    make_register(data)
    before = load_sources(data)
    for source in sources:
        if before.get(source.id) is not None:
            raise ConfigError(f"{source.id} stands in {data / FILE} already: choose another --id or edit the file")

    def append(listed: Any) -> None:
        for entry in entries:
            listed.append(CommentedMap((name, _scalar(value)) for name, value in entry.items()))

    _rewrite(data, append, (*before.sources, *sources))
    return sources


def accept_source(data: Path, source_id: str, who: str, day: date, stated: Mapping[str, object]) -> Source:
    """Switches a source on, and writes by whom and when; ``stated``: purpose, legal_basis and other fields given with it.

    An entry of the shipped register that is not in sources.yaml yet is added to it. Raises ConfigError for an id that
    stands in neither, and for a source that would not run; the file is as it was then.
    """
    make_register(data)
    changes = {**stated, "enabled": True, "switched_on_by": f"{who}, {day.isoformat()}"}
    before = load_sources(data)
    mine = before.get(source_id)
    if mine is None:
        shipped = catalogue_entry(source_id)
        if shipped is None:
            raise ConfigError(f"there is no source {source_id!r} in sources.yaml, nor in `daymark sources catalogue`")
        return add_source(data, {**shipped, **changes})
    source = parse_values({**mine.model_dump(exclude_unset=True), **changes}, Source)
    _must_run(source)

    def switch(listed: Any) -> None:
        entry = next(entry for entry in listed if entry["id"] == source_id)
        entry.update({name: _scalar(value) for name, value in changes.items()})

    _rewrite(data, switch, tuple(source if entry.id == source_id else entry for entry in before.sources))
    return source


def _must_run(source: Source) -> None:
    if source.why_off is not None:
        raise ConfigError(f"{source.id} would not run: {source.why_off}")


def _rewrite(data: Path, change: Callable[[Any], None], expected: tuple[Source, ...]) -> None:
    # A link stays a link: the file that it leads to is the one that changes.
    path = (data / FILE).resolve()
    fresh = path.with_name(f".{FILE}.{secrets.token_hex(4)}")
    try:
        with fresh.open("x", encoding="utf-8") as file:
            file.write(_changed(path, change))
            file.flush()
            os.fsync(file.fileno())
        shutil.copymode(path, fresh)
        _compare(path, fresh, expected)
        fresh.replace(path)
    except OSError as exc:
        raise ConfigError(f"{path} cannot be written: {exc.strerror}") from exc
    finally:
        fresh.unlink(missing_ok=True)


def _compare(path: Path, fresh: Path, expected: tuple[Source, ...]) -> None:
    try:
        as_hoped = read_yaml(fresh, SourceRegister, "").sources == expected
    except ConfigError:
        as_hoped = False
    if not as_hoped:
        raise ConfigError(f"{path} is written in a way that cannot be changed from here: do it by hand")


def _changed(path: Path, change: Callable[[Any], None]) -> str:
    text = path.read_text("utf-8")
    editor = YAML(typ="rt")
    editor.preserve_quotes = True
    editor.width = 4096  # lines are the operator's: none is folded
    try:
        content = editor.load(text)
        if content is None:
            # Comments alone are no document, and would be lost with it.
            content = editor.load(f"{text.rstrip()}\nsources: []\n")
        if not content.get("sources"):
            # An empty list is written as [], and what is added to it would stand between the brackets.
            content["sources"] = CommentedSeq()
        dash = content["sources"].lc.col or 0
        editor.indent(mapping=2, sequence=dash + 2, offset=dash)
        change(content["sources"])
        written = io.StringIO()
        editor.dump(content, written)
    except YAMLError as exc:
        raise ConfigError(f"{path} is written in a way that the entry cannot be added to: add it by hand") from exc
    return written.getvalue()


def _scalar(value: object) -> object:
    if isinstance(value, list):
        return CommentedSeq(_scalar(part) for part in value)
    # YAML 1.2 writes `no` and `12:30` bare; the 1.1 that reads the file makes a truth value and a number of them.
    if isinstance(value, str) and not _stands_bare(value):
        return DoubleQuotedScalarString(value)
    return value


def _stands_bare(text: str) -> bool:
    try:
        return bool(yaml.safe_load(text) == text)
    except yaml.YAMLError:
        return False
