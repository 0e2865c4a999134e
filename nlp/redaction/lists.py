"""The words of config/contacts.yaml, read once, as the patterns that the finders use."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel, ConfigDict

import config
from config import read_yaml
from nlp.redaction.folded import fold

LISTS = Path(config.__file__).parent / "contacts.yaml"
"""The shipped word lists."""


class Mail(BaseModel):
    """Words of written-out addresses; ``providers`` maps a bare name to its full domain."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    providers: dict[str, str]
    at: tuple[str, ...]
    dot: tuple[str, ...]


class Lists(BaseModel):
    """config/contacts.yaml; what each list is for stands there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hosts: dict[str, tuple[str, ...]]
    platforms: tuple[str, ...]
    platforms_other: tuple[str, ...]
    between: tuple[str, ...]
    cues: tuple[str, ...]
    cue_fillers: tuple[str, ...]
    no_names: frozenset[str]
    mail: Mail
    call_beginnings: tuple[str, ...]
    call_words: tuple[str, ...]
    money_symbols: tuple[str, ...]
    money: tuple[str, ...]
    counted: tuple[str, ...]
    without_zero: tuple[str, ...]


@functools.cache
def read_lists() -> Lists:
    """The shipped lists. Raises config.ConfigError when the file is missing or wrong."""
    return read_yaml(LISTS, Lists, f"{LISTS} is missing: the installation is incomplete")


def any_of(words: Iterable[str]) -> str:
    """A group that matches any of the words as they stand in a folded copy, the longest first."""
    folded = {fold(word).lower for word in words}
    return "(?:" + "|".join(re.escape(word) for word in sorted(folded, key=lambda word: (-len(word), word))) + ")"


NO_LETTER_BEFORE = r"(?<![^\W\d_])"
NO_LETTER_AFTER = r"(?![^\W\d_])"


def whole(words: Iterable[str]) -> str:
    """The same, not inside a longer word."""
    return NO_LETTER_BEFORE + any_of(words) + NO_LETTER_AFTER
