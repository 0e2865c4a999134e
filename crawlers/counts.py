"""Counts as people see them, on pages and in the cells of a file: read where one can mean one whole number only.

1234  1234.0  12,00          whole numbers, also as table programs write them
1,234  1.234  1 234 567      threes under one sign: a fraction would be no count
1.5K  12 M                   thousands and millions, rounded by the platform

Not read are 12.5; 12.000 (databases write twelve so, people twelve thousand); 1.234K; 1,23,456; 3B (billions, or thousands
in Turkish), but where the platform is known to mean billions. Digits of any script count.
"""

from __future__ import annotations

import re
from decimal import Decimal

_MOST = 2**63 - 1
"""What both ledgers and both indexes hold; longer runs of digits are not even converted."""
_BLANKS = "\u00a0\u202f\u2009 "
_WHOLE = re.compile(r"(-?\d{1,19})(?:[.,]0{1,2})?")
_GROUPED = re.compile(rf"\d{{1,3}}([,.'’٬{_BLANKS}])\d{{3}}(?:\1\d{{3}})*")
_SHORT = re.compile(rf"(\d{{1,6}}(?:[.,]\d{{1,2}})?)[{_BLANKS}]?([KkMmBb])")
_UNITS = {"k": 1_000, "m": 1_000_000, "b": 1_000_000_000}
_DECIMALS = re.compile(r"\d{1,3}\.0{3}")


def read_count(value: object, *, billions: bool = False) -> int | None:
    """The whole number in a cell; None for what is none, or could be more than one. ``billions``: whether B means them."""
    if isinstance(value, str):
        value = _written(value.strip(), billions=billions)
    elif isinstance(value, float):
        value = int(value) if value.is_integer() else None
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if -_MOST <= value <= _MOST else None


def _written(text: str, *, billions: bool) -> int | None:
    if whole := _WHOLE.fullmatch(text):
        return int(whole[1])
    if _GROUPED.fullmatch(text) and not _DECIMALS.fullmatch(text):
        return int("".join(sign for sign in text if sign.isdecimal()))
    short = _SHORT.fullmatch(text)
    if short and (billions or short[2].lower() != "b"):
        number = Decimal(short[1].replace(",", ".")) * _UNITS[short[2].lower()]
        return int(number)
    return None
