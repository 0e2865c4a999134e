"""Numbers that are no phone numbers: dates, years, prices, counts, coordinates; told by their form and what stands beside."""

from __future__ import annotations

import functools
import re

from nlp.redaction.lists import NO_LETTER_AFTER, NO_LETTER_BEFORE, any_of, read_lists, whole
from nlp.redaction.numbers import is_dialled
from nlp.redaction.runs import Run

YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
"""The years that posts speak of."""
_STAMP = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])(?:[01]\d|2[0-3])?(?:[0-5]\d){0,2}")
ROUND = re.compile(r"[1-9]\d{1,4}(?:00|50)")
"""An amount as prices are said: 800, 3500, 12050."""
_NEXT = 14
"""Characters behind a number in which a currency or a counted noun begins."""
_NUMBER = 9
"""Digits of a whole number without its 0, in most countries."""
_MIN_PHONE = 8
"""Digits from which a number grouped in thousands may be a phone number: Tunisia writes 22 123 456."""


@functools.cache
def _money() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    lists = read_lists()
    symbols, money = any_of(lists.money_symbols), any_of(lists.money)
    return (
        # The currency before a number is its own only where no number stands before the currency: "3500€ 07700900123".
        re.compile(rf"(?P<own>[\d\x00]?)\s?(?:{symbols}|{NO_LETTER_BEFORE}{money})\s?$"),
        re.compile(rf"\s?[-.,/]{{0,2}}\s?(?:{symbols}|{money}{NO_LETTER_AFTER})"),
        re.compile(rf"\s?{whole(lists.counted)}"),
    )


def skip_amount(run: Run, at: int, stop: int) -> int:
    """The group behind an amount, year or the like that begins at ``at``, before ``stop``; ``at`` itself where none does."""
    first = run.groups[at].digits
    if run.is_international(at) or first.startswith("00"):
        return at
    for skip in (_years, _computers, _thousands, _round_list, _counting):
        end = skip(run, at, stop)
        if end > at:
            return end
    return at


def is_priced(run: Run, at: int, stop: int) -> bool:
    """Whether a currency or a counted noun says what the groups are. A leading 0 is never part of an amount."""
    groups = run.groups[at:stop]
    if any(group.digits.startswith("0") and len(group.digits) != 3 for group in groups) or groups[0].digits[0] == "0":
        return False
    ahead, behind, counted = _money()
    before = ahead.search(run.text, max(0, groups[0].start - 16), groups[0].start)
    after = run.text[groups[-1].end : groups[-1].end + _NEXT]
    return bool((before and not before["own"]) or behind.match(after) or counted.match(after))


def _gap_behind(run: Run, at: int) -> str:
    return run.groups[at].gap if at < len(run.groups) else ""


def skip_plain(run: Run, at: int) -> int:
    """The group behind a date or decimals, which no number dialled with a 0 is mistaken for; ``at`` where there is none."""
    if run.is_international(at):
        return at
    end = _date(run, at)
    return end if end > at else _decimals(run, at)


def _date(run: Run, at: int) -> int:
    """22.11.2026, 2026-11-22, 20261122103000; a fourth group in the same chain makes it something else."""
    if _STAMP.fullmatch(run.groups[at].digits):
        return at + 1
    if at + 3 > len(run.groups):
        return at
    day, month, year = (group.digits for group in run.groups[at : at + 3])
    gap = run.groups[at + 1].gap
    if gap not in {"-", ".", "/", " "} or run.groups[at + 2].gap != gap or _gap_behind(run, at + 3) == gap != " ":
        return at
    if len(day) == 4:
        day, year = year, day
    fits = YEAR.fullmatch(year) and len(day) <= 2 and len(month) <= 2
    low, high = sorted((int(day), int(month))) if fits else (0, 0)
    return at + 3 if 1 <= low <= 12 and high <= 31 else at


def _decimals(run: Run, at: int) -> int:
    """36.1234, 27.5678 and tables of such decimals, four places and more."""
    end = at
    while _is_decimal(run, end):
        end += 2
        # A phone number goes on behind its dots; a decimal ends, or another follows.
        if end >= len(run.groups) or "," in run.groups[end].gap:
            return end
        if run.groups[end].gap in {".", "-"}:
            return at
    return end if end > at + 2 or (end > at and run.groups[at].digits == "0") else at


def _is_decimal(run: Run, at: int) -> bool:
    if at + 2 > len(run.groups) or run.groups[at + 1].gap != "." or len(run.groups[at + 1].digits) < 4:
        return False
    ahead = run.groups[at].digits
    return ahead == "0" or (len(ahead) <= 3 and ahead[0] != "0" and int(ahead) <= 180)


def _years(run: Run, at: int, stop: int) -> int:
    """2015-2016, 2015 2016 2017, 2015/16, and references such as 2016/679."""
    if not YEAR.fullmatch(run.groups[at].digits):
        return at
    end = at + 1
    while end < stop and YEAR.fullmatch(run.groups[end].digits):
        end += 1
    if end > at + 1:
        return end
    if end < stop and run.groups[end].gap in {"/", "-"} and len(run.groups[end].digits) <= 4:
        end += 1
        return at if _gap_behind(run, end) in {"/", "-", "."} else end
    # One year alone: where it stands apart from what follows.
    apart = end == stop or run.groups[end].gap.strip() or _thousands(run, end, stop) > end
    return end if apart else at


def _computers(run: Run, at: int, stop: int) -> int:
    """192.0.2.17: four numbers under 256 with dots. An address of a machine, in posts of police and providers."""
    groups = run.groups[at : at + 4]
    dotted = at + 4 <= stop and all(group.gap == "." for group in groups[1:]) and _gap_behind(run, at + 4) != "."
    plain = all(len(group.digits) <= 3 and str(int(group.digits)) == group.digits for group in groups)
    return at + 4 if dotted and plain and all(int(group.digits) < 256 for group in groups) else at


def _thousands(run: Run, at: int, stop: int) -> int:
    """12 500, 1.200.000,50, 1,234,567; from eight digits on only where it cannot be a phone number or is said to be money."""
    first = run.groups[at].digits
    if len(first) > 3 or first.startswith("0") or at + 1 >= stop:
        return at
    gap, end = run.groups[at + 1].gap, at + 1
    if gap not in {" ", ".", ",", "'"}:
        return at
    while end < stop and run.groups[end].gap == gap and len(run.groups[end].digits) == 3:
        end += 1
    if end == at + 1:
        return at
    if end < stop and run.groups[end].gap in {",", "."} - {gap} and len(run.groups[end].digits) == 2:
        return end + 1
    if _goes_on(run, end, gap, stop):
        return at
    digits = run.digits(at, end)
    if len(digits) < _MIN_PHONE or gap in ",'" or is_priced(run, at, end):
        return end
    if run.called or (len(digits) > _NUMBER and not digits.endswith("000")):
        return at
    regions = (*run.regions, *read_lists().without_zero) if gap == " " else run.regions
    return end if digits.endswith("000") or not any(is_dialled(digits, region) for region in regions) else at


def _goes_on(run: Run, end: int, gap: str, stop: int) -> bool:
    """Whether the chain of an amount goes on, as it does in 555 012 3456 and 612 345-678 but not in 4.500-5.000."""
    if end >= stop:
        return False
    following = run.groups[end]
    if following.gap == gap:
        return True
    if any(char in following.gap for char in " \n+("):
        return False
    chain = end + 1 < stop and run.groups[end + 1].gap == gap and len(run.groups[end + 1].digits) == 3
    return not (chain or ROUND.fullmatch(following.digits))


def _round_list(run: Run, at: int, stop: int) -> int:
    """3500 4500 6500, 800-1200: amounts of four digits and more, or with a mark between them."""
    if run.called:
        return at
    end = at
    while end < stop and ROUND.fullmatch(run.groups[end].digits):
        if end > at and run.groups[end].gap == " " and len(run.groups[end].digits) < 4:
            break
        end += 1
    if end == at + 1 and len(run.groups[at].digits) == 4:
        # A price and then a number: what follows is long enough without it.
        return end if len(run.digits(end, min(end + _NUMBER, stop))) >= _NUMBER else at
    return end if end > at + 1 else at


def _counting(run: Run, at: int, stop: int) -> int:
    """1 2 3 4 5, 10 9 8 7 6: each one more or one less than the one before, five times and more."""
    end = at
    step = 0
    while end + 1 < stop and len(run.groups[end].digits) <= 4 and len(run.groups[end + 1].digits) <= 4:
        now = int(run.groups[end + 1].digits) - int(run.groups[end].digits)
        if abs(now) != 1 or (step and now != step):
            break
        step, end = now, end + 1
    return end + 1 if end >= at + 4 else at
