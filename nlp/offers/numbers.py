"""Amounts in a folded text: digits with both thousands separators, multipliers, lakh and crore, number words, ranges."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from nlp.offers.number_words import SCALES, Part, Word, opens, parse_compound, words_for

LARGEST = 1e9
"""Beyond this nothing is a price: the dearest advertised package in rials stays under it."""

_DIGITS = r"\d{1,3}(?:[.,' ]\d{3})+(?!\d)(?:[.,]\d{1,2}(?!\d))?|\d+(?:[.,]\d{1,2}(?!\d))?"
_TOKEN = re.compile(rf"(?P<digits>(?<!\w)(?<!\d[.,])(?:{_DIGITS}))|(?P<word>[^\W\d_]+)")
_RANGE = re.compile(r"\s?[€$£]?\s?(?:-|–|—|~|/|to|till|bis|hasta|à|a|ila|ile|الي|لل?|حتي|до|do)\s?[€$£]?\s?")
_BETWEEN = re.compile(r"(?:between|entre|zwischen|بين)\s[€$£]?\s?$")
_AND = re.compile(r"\s?\S{0,8}\s(?:and|y|et|und|و)\s[€$£]?\s?")


@dataclass(frozen=True)
class Amount:
    """A number in the text. ``scaled``: a multiplier stood by it; ``spelled``: without any digit."""

    value: float
    start: int
    end: int
    scaled: bool = False
    spelled: bool = False


@dataclass(frozen=True)
class _Piece:
    """A token that may be part of a number."""

    start: int
    end: int
    word: Word
    digits: bool = False
    text: str = ""


def read_amounts(text: str, lang: str) -> list[Amount]:
    """All amounts in order, positive and finite; of a range the lower bound, over the span of both."""
    amounts = [amount for run in _runs(text, lang) for amount in _read_run(run, lang)]
    return _merge_ranges(text, [amount for amount in amounts if 0 < amount.value <= LARGEST])


def parse_number(number: str) -> float:
    """Digits with separators as a number: three digits behind a separator are thousands, fewer are decimals."""
    parts = re.split(r"[.,]", number.replace("'", "").replace(" ", ""))
    if len(parts) > 1 and len(parts[-1]) < 3:
        return float("".join(parts[:-1]) + "." + parts[-1])
    return float("".join(parts))


def _pieces(text: str, lang: str) -> Iterator[_Piece]:
    words = words_for(lang)
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        if match["digits"]:
            glued = start > 0 and (text[start - 1].isalpha() or text[start - 1] in "_.,")
            if (
                not glued and len(match[0]) <= 20
            ):  # "b1", "x2000" and longer digit strings are names and numbers of things
                yield _Piece(start, end, Word(Part.UNIT, parse_number(match[0])), digits=True, text=match[0])
            continue
        word = match[0]
        if word in SCALES:
            yield _Piece(start, end, Word(Part.SCALE, SCALES[word]), text=word)
        elif word in words:
            yield _Piece(start, end, words[word], text=word)
        elif lang == "ar" and word[:1] in "بو" and (word[1:] in words or word[1:] in SCALES):
            inner = words.get(word[1:]) or Word(Part.SCALE, SCALES[word[1:]])
            yield _Piece(start, end, inner, text=word[1:])
        elif lang == "de" and (value := parse_compound(word)) is not None:
            yield _Piece(start, end, Word(Part.UNIT, value), text=word)


def _runs(text: str, lang: str) -> Iterator[list[_Piece]]:
    """Pieces that stand side by side, at most one space apart."""
    run: list[_Piece] = []
    for piece in _pieces(text, lang):
        if run and text[run[-1].end : piece.start] not in {"", " "}:
            yield run
            run = []
        run.append(piece)
    if run:
        yield run


def _read_run(run: list[_Piece], lang: str) -> Iterator[Amount]:
    """Splits a run where the grammar of numbers ends and another number begins."""
    position = 0
    while position < len(run):
        amount, used = _read_one(run[position:], lang)
        if amount is not None:
            yield amount
        position += max(used, 1)


def _read_one(run: list[_Piece], lang: str) -> tuple[Amount | None, int]:
    """(the longest number at the start of the run or None, pieces used)."""
    total, current, scale, used = 0.0, None, 0.0, 0
    for index, piece in enumerate(run):
        part, value = piece.word.part, piece.word.value
        if part is Part.UNIT and _may_add(current, scale, run, index):
            unsaid = _is_million(scale, piece) and _next(run, index) is not Part.SCALE
            current = (current or 0.0) + value * ((1e5 if value < 10 else 1e3) if unsaid else 1.0)
        elif part is Part.HUNDRED and (current is None or current < 100):
            current = (current or 1.0) * 100
        elif part is Part.SCALE and (current is not None or (not scale and opens(piece.text, lang))):
            total, current, scale = total + (1.0 if current is None else current) * value, None, value
        elif part is Part.HALF and scale and current is None:
            total += scale / 2
        elif part is Part.HALF and _next(run, index) is Part.SCALE and current is not None:
            current += 0.5
        elif part is Part.HALF and run[index - 1].text.endswith("ين") and index:
            total, current = total + (current or 0.0) + 500.0, None  # الفين ونص
        elif part is Part.LINK and index and _next(run, index) in {Part.UNIT, Part.HUNDRED, Part.HALF}:
            continue
        else:
            break
        used = index + 1
    if not used:
        return None, 0
    pieces = run[:used]
    return Amount(
        value=total + (current or 0.0),
        start=pieces[0].start,
        end=pieces[-1].end,
        scaled=scale > 0,
        spelled=not any(piece.digits for piece in pieces),
    ), used


def _next(run: list[_Piece], index: int) -> Part | None:
    return run[index + 1].word.part if index + 1 < len(run) else None


def _may_add(current: float | None, scale: float, run: list[_Piece], index: int) -> bool:
    """Does a unit continue the number? Digits after digits do not, digits after a scale only as its next step down."""
    piece = run[index]
    if current is not None:
        return (
            not piece.digits
            and not run[index - 1].digits
            and (current % 100 == 0 or (current >= 20 and piece.word.value < 10))
        )
    if not scale or not piece.digits:
        return True
    if _next(run, index) in {Part.HUNDRED, Part.SCALE}:
        following = run[index + 1].word.value
        return following < scale
    if _is_million(scale, piece):
        return True
    # "3 bin 500" is one price; "4k 500" are two numbers.
    return run[index - 1].text != "k" and 100 <= piece.word.value < scale


def _is_million(scale: float, piece: _Piece) -> bool:
    """ "6 millions 500" leaves the thousands unsaid, "1 million 2" the hundred thousands."""
    return scale == 1e6 and piece.digits and piece.word.value in {*range(1, 10), *range(100, 1000)}


def _merge_ranges(text: str, amounts: list[Amount]) -> list[Amount]:
    merged: list[Amount] = []
    for amount in amounts:
        low = merged[-1] if merged else None
        if low is not None and _is_range(text, low, amount):
            factor = _shared_scale(text, low, amount)
            merged[-1] = replace(low, value=low.value * factor, end=amount.end, scaled=low.scaled or amount.scaled)
        else:
            merged.append(amount)
    return merged


def _is_range(text: str, low: Amount, high: Amount) -> bool:
    gap = text[low.end : high.start]
    top = high.value / _shared_scale(text, low, high)
    if not low.value < high.value or top > 10 * low.value or low.value * _shared_scale(text, low, high) >= high.value:
        return False
    return bool(_RANGE.fullmatch(gap)) or bool(
        _AND.fullmatch(gap) and _BETWEEN.search(text[max(0, low.start - 16) : low.start])
    )


def _shared_scale(text: str, low: Amount, high: Amount) -> float:
    """In "6-7 thousand" and "6-7.000" the thousands belong to both."""
    if low.scaled or low.value >= 100:
        return 1.0
    if high.scaled:
        return next((scale for scale in (1e7, 1e6, 1e5, 1e3) if high.value >= scale), 1.0)
    bare = text[low.start : low.end].isdigit() and high.value >= 1000 and high.value % 100 == 0
    return 1e3 if bare and high.value <= 2000 * low.value else 1.0
