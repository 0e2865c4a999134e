"""Adding an entry to sources.yaml: the operator's comments and order stay, and the file changes whole or not at all.

1. the entry is checked, and the file as it is
2. the file with the entry is written beside it and read back: it must hold what it held and the entry
3. it takes the old one's place
"""

from __future__ import annotations

import io
import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

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
    if source.why_off is not None:
        raise ConfigError(f"{source.id} would not run: {source.why_off}")
    make_register(data)
    # A link stays a link: the file that it leads to is the one that changes.
    path = (data / FILE).resolve()
    before = load_sources(data)
    if before.get(source.id) is not None:
        raise ConfigError(f"{source.id} stands in {data / FILE} already: choose another --id or edit the file")
    fresh = path.with_name(f".{FILE}.{secrets.token_hex(4)}")
    try:
        with fresh.open("x", encoding="utf-8") as file:
            file.write(_with_entry(path, entry))
            file.flush()
            os.fsync(file.fileno())
        shutil.copymode(path, fresh)
        _compare(path, fresh, (*before.sources, source))
        fresh.replace(path)
    except OSError as exc:
        raise ConfigError(f"{path} cannot be written: {exc.strerror}") from exc
    finally:
        fresh.unlink(missing_ok=True)
    return source


def _compare(path: Path, fresh: Path, expected: tuple[Source, ...]) -> None:
    try:
        as_hoped = read_yaml(fresh, SourceRegister, "").sources == expected
    except ConfigError:
        as_hoped = False
    if not as_hoped:
        raise ConfigError(f"{path} is written in a way that the entry cannot be added to: add it by hand")


def _with_entry(path: Path, entry: Mapping[str, object]) -> str:
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
        content["sources"].append(CommentedMap((name, _scalar(value)) for name, value in entry.items()))
        written = io.StringIO()
        editor.dump(content, written)
    except YAMLError as exc:
        raise ConfigError(f"{path} is written in a way that the entry cannot be added to: add it by hand") from exc
    return written.getvalue()


def _scalar(value: object) -> object:
    # YAML 1.2 writes `no` and `12:30` bare; the 1.1 that reads the file makes a truth value and a number of them.
    if isinstance(value, str) and yaml.safe_load(value) != value:
        return DoubleQuotedScalarString(value)
    return value
