"""Where a phone number ends that begins at a group of a run: at the longest valid number, or where another begins."""

from __future__ import annotations

import re

from nlp.redaction.amounts import ROUND, YEAR, is_priced
from nlp.redaction.numbers import MAX_DIGITS, MIN_DIGITS, is_dialled, is_international, is_mobile_without_zero
from nlp.redaction.runs import Run

BARE_DIGITS = 9
"""A number without 0, plus or word beside it: from nine digits on; shorter ones are counts and years far more often."""
_SHORTEST_VALID = 8
"""The same where it is valid in a likely region: Tunisia's numbers have eight digits and no 0."""
PLAIN_GAP = re.compile(r"[\s().\-/+]{0,3}")
"""What stands inside numbers that nobody hides."""
_SOFT = re.compile(r"[/|;,&]|\s-\s")


def _ends(run: Run, at: int, stop: int, least: int, most: int) -> list[tuple[int, str]]:
    """(end, digits) of all numbers of a possible length that begin at a group, the longest first."""
    digits, found = run.groups[at].digits, []
    for end in range(at + 1, stop + 1):
        if least <= len(digits) <= most:
            found.append((end, digits))
        if end == stop or len(digits) > most or (len(digits) >= MIN_DIGITS and _is_break(run, end)):
            break
        digits += run.groups[end].digits
    return found[::-1]


def _is_break(run: Run, at: int) -> bool:
    """Whether another number begins at the group: by a plus, a new line, or a bracket that is not the (0) of +44 (0)7700."""
    gap = run.groups[at].gap
    return "\n" in gap or "+" in gap or ("(" in gap and run.groups[at].digits != "0")


def sure_end(run: Run, at: int) -> int:
    """The end of the longest valid number that says so itself, by a plus, 00 or the 0 of a likely region; 0 where none."""
    first = run.groups[at].digits
    plus = run.is_international(at)
    if not plus and first[0] != "0":
        return 0
    ends = _ends(run, at, len(run.groups), MIN_DIGITS, MAX_DIGITS + 2)
    for end, digits in ends:
        if is_international(digits) if plus else digits.startswith("00") and is_international(digits[2:]):
            return end
    for loose in () if plus else (False, True):
        for region in run.regions:
            for end, digits in ends:
                if is_dialled(digits, region, loose=loose):
                    return end
    return 0


def next_sure(run: Run, at: int) -> int:
    """The first later group at which a sure number begins that is no part of what stands before it, within reach."""
    digits = 0
    for later in range(at + 1, len(run.groups)):
        group = run.groups[later - 1]
        digits += len(group.digits)
        if digits > MAX_DIGITS + 2:
            break
        if run.groups[later].digits[0] != "0" and "+" not in run.groups[later].gap:
            continue
        apart = digits >= MIN_DIGITS or _is_break(run, later) or _SOFT.search(run.groups[later].gap)
        number = len(group.digits) <= 2 or ROUND.fullmatch(group.digits) or YEAR.fullmatch(group.digits)
        if (apart or (number and later == at + 1 and not run.is_international(at))) and sure_end(run, later):
            return later
    return len(run.groups)


def valid_end(run: Run, at: int, stop: int) -> int:
    """The end of a valid number that lacks its 0 or plus; 0 where there is none."""
    if (run.linked and not run.called) or run.is_international(at):
        return 0
    ends = _ends(run, at, stop, _SHORTEST_VALID, MAX_DIGITS)
    if ends and ends[0][0] > at + 1 and longest_group(run, at, ends[0][0]) < 3:
        return 0
    for region in () if run.glued else run.regions:
        for end, digits in ends:
            short = len(digits) < BARE_DIGITS
            if short and end < stop and PLAIN_GAP.fullmatch(run.groups[end].gap):
                continue
            if short and end == at + 1 and not run.called and (digits.endswith("000") or is_priced(run, at, end)):
                continue
            valid = is_dialled(digits, region) or is_mobile_without_zero(digits, region)
            if valid and _is_written_as_one(run, at, end):
                return end
    for end, digits in ends:
        if len(digits) > 10 and is_international(digits) and _is_written_as_one(run, at, end):
            return end
    return 0


def longest_group(run: Run, at: int, end: int) -> int:
    """Digits of the longest of the groups."""
    return max(len(group.digits) for group in run.groups[at:end])


def _is_written_as_one(run: Run, at: int, end: int) -> bool:
    """Whether blanks, dots and dashes alone join the groups, and they are not two amounts such as 3500-5000."""
    groups = run.groups[at:end]
    if not all(PLAIN_GAP.fullmatch(group.gap) for group in groups[1:]):
        return run.called
    return not all(len(group.digits) >= 4 for group in groups) or len(groups) == 1 or run.called


def likely_end(run: Run, at: int, stop: int) -> int:
    """Where a number of unknown form ends: where another begins, or at fifteen digits."""
    count, end = len(run.groups[at].digits), at + 1
    while end < stop:
        group = run.groups[end]
        if count >= MIN_DIGITS and _is_break(run, end):
            break
        if count >= BARE_DIGITS and _is_price_behind(run, end):
            break
        if count >= MIN_DIGITS and _is_next(run, at, end, count) and count_digits(run, end, stop) >= MIN_DIGITS:
            break
        if count + len(group.digits) > MAX_DIGITS:
            # A few digits more than a number has are still its own: better too much than the end of one in clear.
            return end if count < MIN_DIGITS or count_digits(run, end, stop) >= MIN_DIGITS else stop
        count += len(group.digits)
        end += 1
    return end


def _is_price_behind(run: Run, at: int) -> bool:
    """Whether the group is an amount of its own: set apart, or with its currency."""
    group = run.groups[at]
    return bool(ROUND.fullmatch(group.digits) and (_SOFT.search(group.gap) or is_priced(run, at, at + 1)))


def _is_next(run: Run, at: int, end: int, count: int) -> bool:
    group = run.groups[end]
    if _SOFT.search(group.gap) or len(group.digits) >= BARE_DIGITS:
        return True
    if group.digits[0] == "0" and count > BARE_DIGITS:
        return True
    if count < BARE_DIGITS or group.gap == " ":
        return False
    inner = {group.gap for group in run.groups[at + 1 : end]}
    return bool(inner) and " " not in inner and group.gap not in inner


def count_digits(run: Run, start: int, stop: int) -> int:
    """Digits from a group on; counted no further than a number needs."""
    count = 0
    for at in range(start, stop):
        count += len(run.groups[at].digits)
        if count >= MIN_DIGITS:
            break
    return count
