"""One form for text and query, so that both backends find the same posts.

Steps, in order:
1. NFKC; format characters (joiners, direction marks, soft hyphens) off; emoji modifiers off
2. Arabic script: vowel marks and tatweel off; yeh, kaf, alef, heh and teh marbuta each to one letter
3. digits of every script to ASCII
4. case: dotted and dotless i are one letter (Turkish), then case folding
5. accents off Latin and Greek letters, letters with a stroke to their base letter
6. tokens: runs of letters, marks and numbers; single characters where a script writes no spaces; single emoji

Guarantee: a token holds no ASCII character but a-z and 0-9, so that a tokenizer that splits at spaces and ASCII
punctuation (FTS5 ``ascii``, Elasticsearch ``whitespace``) finds exactly these tokens again.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

MAX_TOKEN = 64
"""Characters of a token that count. Both engines take more; 64 is beyond any word and keeps terms of binary noise short."""

Place = tuple[str, int, int]
"""A token, and from where to where it stands in a text (code points)."""

FIELD_BREAK = "\u241e"
"""Stands between the fields of a body. No token looks like it, so a phrase never runs from a title into a text."""

_SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_EMOJI = "\u2600-\u26ff\u2708\U0001f300-\U0001faff"
_FLAG = "[\U0001f1e6-\U0001f1ff]{2}"
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_LAST_MARK = 0x20000
_VARIATION_SELECTORS = range(0xE0100, 0xE01F0)

_ARABIC_MARKS = (
    range(0x0610, 0x061B), range(0x064B, 0x0660), range(0x0670, 0x0671), range(0x06D6, 0x06DD),
    range(0x06DF, 0x06E9), range(0x06EA, 0x06EE), range(0x08D3, 0x0900),
)  # fmt: skip
_ARABIC_LETTERS = {
    "\u0640": "",  # tatweel
    "\u06cc": "\u064a", "\u0649": "\u064a", "\u06d2": "\u064a",  # Farsi yeh, alef maksura, yeh barree
    "\u06a9": "\u0643",  # keheh
    "\u0622": "\u0627", "\u0623": "\u0627", "\u0625": "\u0627", "\u0671": "\u0627",  # alef with madda, hamza, wasla
    "\u0629": "\u0647", "\u06c1": "\u0647", "\u06c0": "\u0647", "\u06c2": "\u0647", "\u06c3": "\u0647",  # heh, teh marbuta
}  # fmt: skip
_LATIN_LETTERS = {
    "\u0130": "i", "\u0131": "i",  # Turkish: one letter for I, ı, İ and i, since writers without the keyboard mix them
    "\u00f8": "o", "\u0142": "l", "\u0111": "d", "\u0127": "h", "\u0167": "t", "\u00e6": "ae", "\u0153": "oe",
    "\u00fe": "th", "\u00f0": "d",
}  # fmt: skip
_ASCII_TOKEN = re.compile("[A-Za-z0-9]+")
"""What `_token` and `_stretch` find in ASCII text, at a tenth of the time."""
_ACCENTED = re.compile("(?<=[a-z\u0370-\u03ff])[\u0300-\u036f]+")


def normalise(text: str) -> str:
    """The text in the one form, still with its spaces and punctuation. Doing it twice changes nothing."""
    if text.isascii():
        return text.lower()
    done = _fold(text)
    # A fold can bring forth a character that folds again (a ligature of accented letters); two rounds were always enough.
    while (again := _fold(done)) != done:
        done = again
    return done


def tokens(text: str) -> list[str]:
    """The tokens of a text in their order, normalised, each at most MAX_TOKEN characters long."""
    return _joined(text).split()


def spans(text: str, start: int = 0, stop: int | None = None) -> Iterator[Place]:
    """Tokens with the place in the original text they come from, from ``start`` up to ``stop`` (code points).

    A stretch of the original can give several tokens; then all of them carry the place of the stretch. ``start`` and
    ``stop`` lie between words, as `words` gives them.
    """
    for word in words(text, start, stop):
        at = word.start()
        for token, begin, end in places(word[0]):
            yield token, at + begin, at + end


def words(text: str, start: int = 0, stop: int | None = None) -> Iterator[re.Match[str]]:
    """The parts of a text whose tokens do not hang on what stands before or after them."""
    return _word().finditer(text, start, len(text) if stop is None else stop)


def places(word: str) -> Sequence[Place]:
    """The tokens of one part that `words` gave, with their places in it."""
    return _cached_places(word) if len(word) <= MAX_TOKEN else _find_places(word)


def make_body(fields: Iterable[str]) -> str:
    """The searchable body of a document: the tokens of all fields, one space apart, fields kept apart by FIELD_BREAK."""
    return f" {FIELD_BREAK} ".join(filter(None, map(_joined, fields)))


def fold_hashtag(text: str) -> str:
    """A hashtag in the form it is looked up by: its tokens run together, without the #."""
    return "".join(tokens(text))


def is_spaceless(token: str) -> bool:
    """Whether the token is a single character of a script that writes no spaces between words."""
    return re.match(f"[{_SPACELESS}]", token) is not None


def _joined(text: str) -> str:
    return " ".join(filter(None, map(_word_tokens, text.split())))


def _word_tokens(word: str) -> str:
    # A link, or a text without spaces: it comes once, and must not fill the cache.
    return _cached(word) if len(word) <= MAX_TOKEN else _tokenise(word)


def _tokenise(word: str) -> str:
    pattern = _ASCII_TOKEN if word.isascii() else _token()
    return " ".join(found[0][:MAX_TOKEN] for found in pattern.finditer(normalise(word)))


def _find_places(word: str) -> tuple[Place, ...]:
    pattern = _ASCII_TOKEN if word.isascii() else _stretch()
    return tuple(
        (token, found.start(), found.end())
        for found in pattern.finditer(word)
        for token in _word_tokens(found[0]).split()
    )


# Words repeat: with the cache a post of 220 characters takes 4 us instead of 240.
_cached = lru_cache(maxsize=1 << 16)(_tokenise)
# Words of the posts on a page of hits, seldom more than that.
_cached_places = lru_cache(maxsize=1 << 13)(_find_places)


def _fold(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).translate(_table())
    text = text.casefold().translate(_table())
    decomposed = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFKC", _ACCENTED.sub("", decomposed)).translate(_table())


@lru_cache(maxsize=1)
def _table() -> dict[int, str]:
    table = {ord(letter): to for letter, to in {**_ARABIC_LETTERS, **_LATIN_LETTERS}.items()}
    for marks in (*_ARABIC_MARKS, _SKIN_TONES, range(0xFE00, 0xFE10), _VARIATION_SELECTORS):
        table |= dict.fromkeys(marks, "")
    for code in range(0x80, _LAST_MARK):
        category = unicodedata.category(chr(code))
        if category == "Cf":
            table[code] = ""
        elif category == "Nd":
            table[code] = str(unicodedata.digit(chr(code)))
    return table


@lru_cache(maxsize=1)
def _marks() -> str:
    return _ranges(code for code in range(0x80, _LAST_MARK) if unicodedata.category(chr(code)).startswith("M"))


def _ranges(codes: Iterable[int]) -> str:
    """Code points for between [ and ], neighbours as one range: a fifth of the time that single ones take to match."""
    found: list[tuple[int, int]] = []
    for code in sorted(codes):
        if found and code == found[-1][1] + 1:
            found[-1] = (found[-1][0], code)
        else:
            found.append((code, code))
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in found)


@lru_cache(maxsize=1)
def _token() -> re.Pattern[str]:
    marks = _marks()
    return re.compile(f"[{_SPACELESS}][{marks}]*|(?:(?![{_SPACELESS}_])[\\w{marks}])+|{_FLAG}|[{_EMOJI}]")


@lru_cache(maxsize=1)
def _stretch() -> re.Pattern[str]:
    return re.compile(f"{_single()}|(?:(?![{_SPACELESS}_])[\\w{_attached()}])+|{_FLAG}|[{_EMOJI}]")


@lru_cache(maxsize=1)
def _word() -> re.Pattern[str]:
    # Ideographs and their like come in long runs without spaces: taken by 32, so that a search can stop early in them.
    return re.compile(f"(?:{_single()}){{1,32}}|[^\\s{_SPACELESS}]+")


def _single() -> str:
    return f"[{_SPACELESS}][{_attached()}]*"


@lru_cache(maxsize=1)
def _attached() -> str:
    return _marks() + _ranges(code for code, to in _table().items() if not to)
