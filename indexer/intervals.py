"""Confidence intervals of a share and of a median, from their formulas."""

from __future__ import annotations

import math
from collections.abc import Sequence

_Z = 1.959963984540054
"""The 97.5 % point of the normal distribution: intervals are 95 %."""


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share ``hits / of`` with ``of`` over 0: Wilson's score interval.

    Wilson, Probable inference, JASA 22 (1927) 209; preferred for small numbers by Brown, Cai and DasGupta, Interval
    estimation for a binomial proportion, Statistical Science 16 (2001) 101.
    """
    share = hits / of
    scale = 1 + _Z * _Z / of
    middle = (share + _Z * _Z / (2 * of)) / scale
    half = _Z / scale * math.sqrt(share * (1 - share) / of + _Z * _Z / (4 * of * of))
    # The ends of an empty and of a full share are 0 and 1 exactly; rounding would leave them a hair off.
    return (0.0 if hits == 0 else middle - half), (1.0 if hits == of else middle + half)


def median_interval(values: Sequence[float]) -> tuple[float, float] | None:
    """The 95 % interval of the median, from order statistics; None under six values, where none of 95 % exists.

    The k-th smallest and k-th largest value, with the largest k for which P(Binomial(n, 1/2) < k) <= 2.5 %: Conover,
    Practical Nonparametric Statistics, 3.2.
    """
    ordered = sorted(values)
    number = len(ordered)
    below, rank = 0.0, 0
    while (below := below + math.comb(number, rank) / 2**number) <= 0.025:
        rank += 1
    return None if rank == 0 else (ordered[rank - 1], ordered[number - rank])
