"""Phone numbers in runs of digits.

1. a number with a plus, with 00, or as it is dialled in one of the likely regions, ends where the longest valid one ends
2. before and between such numbers: dates, amounts and the like are left alone
3. what remains is a number by its length and form; it ends where another one begins
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from nlp.redaction.amounts import YEAR, is_priced, skip_amount, skip_plain
from nlp.redaction.extent import (
    BARE_DIGITS,
    PLAIN_GAP,
    count_digits,
    likely_end,
    longest_group,
    next_sure,
    sure_end,
    valid_end,
)
from nlp.redaction.linked import cut_at_link
from nlp.redaction.numbers import (
    MAX_DIGITS,
    MIN_DIGITS,
    Regions,
    is_dialled,
    is_international,
    is_mobile_without_zero,
    read_phone,
)
from nlp.redaction.runs import Group, Run, read_runs
from nlp.redaction.spans import Found

_REMAINS = 5
"""Digits in a row that help to find a number again; fewer are a house or a price."""
_TOO_LONG = 40
"""More digits in one than two numbers have; nothing is looked for inside."""


def find_phones(lower: str, regions: Regions) -> Iterator[Found]:
    """Phone numbers of a folded text in lower case; ``regions``: ISO 3166-1 alpha-2, likeliest first."""
    for run in (part for whole in read_runs(lower, regions) for part in cut_at_link(whole)):
        at = 0
        while at < len(run.groups):
            if len(run.groups[at].digits) > MAX_DIGITS:
                run = _cut_glued(run, at)
            end, is_phone = _read_item(run, at)
            if is_phone:
                end = _with_remains(run, at, end)
                yield _make(run, at, end)
            at = end


def _read_item(run: Run, at: int) -> tuple[int, bool]:
    """Where the item that begins at a group ends, and whether it is a phone number."""
    if len(run.groups[at].digits) > MAX_DIGITS:
        return at + 1, _is_glued(run, at)
    end = skip_plain(run, at)
    if end > at:
        return end, False
    end = sure_end(run, at)
    if end:
        return end, True
    stop = next_sure(run, at)
    end = skip_amount(run, at, stop)
    if end > at:
        return end, False
    end = valid_end(run, at, stop)
    if end:
        return end, True
    end = likely_end(run, at, stop)
    # Directly before another phone number a shorter one is believed.
    least = MIN_DIGITS if end == stop < len(run.groups) else BARE_DIGITS
    return (end, True) if _looks_like_phone(run, at, end, least) else (at + 1, False)


def _with_remains(run: Run, at: int, end: int) -> int:
    """The end of a number, or of its run where what is left is too short for a number and no price or year either.

    Two numbers with nothing visible between them can be cut at the wrong place; the end of the second would be in clear.
    """
    rest = run.groups[end:]
    if not rest or len(rest) >= MIN_DIGITS or not all(PLAIN_GAP.fullmatch(group.gap) for group in rest):
        return end
    digits = run.digits(end, len(run.groups))
    amount = digits.endswith(("00", "50")) or YEAR.fullmatch(digits[:4]) or is_priced(run, end, len(run.groups))
    inner = {group.gap for group in run.groups[at + 1 : end]}
    # The same mark goes on: a longer number than its region knows.
    goes_on = inner == {group.gap for group in rest}
    fits = len(digits) < MIN_DIGITS and (goes_on or len(digits) >= _REMAINS) and "\n" not in rest[0].gap
    return len(run.groups) if fits and not amount else end


def _looks_like_phone(run: Run, at: int, end: int, least: int) -> bool:
    groups = run.groups[at:end]
    count = sum(len(group.digits) for group in groups)
    if count < MIN_DIGITS:
        return False
    if (run.linked or run.glued) and not run.is_international(at) and not run.called:
        # "boat07700900123", but not "IMG_20210405_123456"
        return run.glued and groups[0].digits[0] == "0" and len(groups[0].digits) > BARE_DIGITS
    plain = all(PLAIN_GAP.fullmatch(group.gap) for group in groups[1:])
    if run.is_international(at) or run.called or groups[0].digits.startswith("00"):
        return True
    even = len({group.gap for group in groups[1:]}) == 1
    if groups[0].digits == "0":
        # "0 6 3 9 9 8 0 0 1 2", but not the end of a score ("3-0 1-1 4-2 0-0").
        return count >= BARE_DIGITS and even
    if groups[0].digits[0] == "0":
        return True
    if count < least or not plain:
        return False
    if longest_group(run, at, end) < 3:
        # Pairs: a number, or scores and lists; a number begins its line of digits and has one mark throughout.
        return at == 0 and even
    # Amounts in a row ("3499 4599 6599 usd"), or one of many zeros; the last group alone would be a price behind a number.
    amounts = len({len(group.digits) for group in groups}) == 1 and len(groups[0].digits) <= 5
    return not ((amounts or groups[0].digits.endswith("00000")) and is_priced(run, at, end))


def _is_glued(run: Run, at: int) -> bool:
    """Whether digits too many for one number hide some. Long numbers in links are ids, and a one with many zeros is a joke."""
    return (not run.linked or run.called) and bool(run.groups[at].digits[1:].strip("0"))


def _cut_glued(run: Run, at: int) -> Run:
    """The run with a valid number at the beginning of too long a group as a group of its own, if there is one."""
    group = run.groups[at]
    length = _glued_length(run, group.digits) if _is_glued(run, at) and len(group.digits) <= _TOO_LONG else 0
    rest = len(group.digits) - length
    # A few digits more belong to the number: better too much than the end of another in clear.
    if not length or (rest < MIN_DIGITS and rest + count_digits(run, at + 1, len(run.groups)) < MIN_DIGITS):
        return run
    middle = group.start + length
    head = replace(group, end=middle, digits=group.digits[:length])
    tail = Group(middle, group.end, group.digits[length:], "\n")
    return replace(run, groups=(*run.groups[:at], head, tail, *run.groups[at + 1 :]))


def _glued_length(run: Run, digits: str) -> int:
    lengths = range(MAX_DIGITS + 2, MIN_DIGITS, -1)
    for length in lengths:
        if digits.startswith("00") and is_international(digits[2:length]):
            return length
    for loose in (False, True):
        for region in run.regions:
            for length in lengths:
                head = digits[:length]
                if is_dialled(head, region, loose=loose) or is_mobile_without_zero(head, region):
                    return length
    return next(
        (length for length in lengths if digits[0] != "0" and length > 10 and is_international(digits[:length])), 0
    )


def _make(run: Run, at: int, end: int) -> Found:
    return _found(run, run.groups[at].start, run.groups[end - 1].end, run.opening(at))


def _found(run: Run, start: int, end: int, opening: str) -> Found:
    number = opening + run.text[start:end]
    region, normalised = (None, run.text[start:end]) if end - start > 2 * _TOO_LONG else read_phone(number, run.regions)
    return Found(start - len(opening), end, "phone", region, normalised)
