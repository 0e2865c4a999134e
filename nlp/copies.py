"""Working copies of a text that has no tags yet: for looking at what would be collected, without a model."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from nlp.language import identify
from nlp.redaction import REGIONS_BY_LANGUAGE, Hasher, find_redactions
from records import TextField, working_copy


@dataclass(frozen=True)
class Copies:
    """A post's texts with every contact replaced by its token, and the language that they were read as."""

    lang: str
    title: str
    text: str
    media_text: str


def make_copies(
    title: str,
    text: str,
    media_text: str,
    hasher: Hasher,
    *,
    regions: Iterable[str] = (),
    lang_hint: str | None = None,
) -> Copies:
    """The working copies. ``regions``: ISO 3166-1 alpha-2 of the source, tried before those of the language."""
    guess = identify("\n".join(part for part in (title, text, media_text) if part), lang_hint)
    fields = ((TextField.TITLE, title), (TextField.TEXT, text), (TextField.MEDIA_TEXT, media_text))
    found = find_redactions(fields, hasher, (*regions, *REGIONS_BY_LANGUAGE.get(guess.lang, ())))
    return Copies(guess.lang, *(working_copy(words, found, field) for field, words in fields))
