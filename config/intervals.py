"""Spans of time as people write them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator

_INTERVAL = re.compile(r"([0-9]{1,12})\s*(s|m|h|d)?")
_UNIT = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_LONGEST = 3660 * 86400


def parse_interval(value: object) -> timedelta:
    """``15m``, ``2h``, ``1d`` or seconds as a number. Raises ValueError on anything else."""
    if isinstance(value, timedelta):
        return value
    match = _INTERVAL.fullmatch(str(value).strip()) if not isinstance(value, bool) else None
    if match is None:
        raise ValueError("an interval is a number with s, m, h or d, for example 15m")
    seconds = int(match[1]) * _UNIT[match[2] or "s"]
    if seconds > _LONGEST:
        raise ValueError("an interval of more than ten years is a slip of the pen")
    return timedelta(seconds=seconds)


Interval = Annotated[timedelta, BeforeValidator(parse_interval)]
