"""Ids that a spreadsheet rounded: a table program keeps 15 digits of a number, the ids of X and TikTok have 19.

Two posts would become one, so such a row is refused. The file has to be exported anew, its ids as text.
"""

from __future__ import annotations

import re

from crawlers.importers.problems import RowFault

EXACT_DIGITS = 15
_EXPONENT = re.compile(r"\d(?:[.,]\d+)?[eE]\+\d+")


def refuse_rounded(value: object) -> None:
    """Raises RowFault for a number as spreadsheets write one that is too long for them: 7,21346E+18."""
    rounded = (
        abs(value) >= 10**EXACT_DIGITS
        if isinstance(value, float)
        else isinstance(value, str) and _EXPONENT.fullmatch(value.strip()) is not None
    )
    if rounded:
        raise RowFault("rounded_id")


def may_be_rounded(digits: str) -> bool:
    """Whether an id of digits only looks rounded: no digit but 0 after the fifteenth. One true id in thousands does."""
    return len(digits) > EXACT_DIGITS + 2 and not digits[EXACT_DIGITS:].strip("0")
