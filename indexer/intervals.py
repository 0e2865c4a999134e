"""Confidence intervals of a share and of a median, from their formulas."""

from __future__ import annotations

import math
from collections.abc import Sequence

_Z = 1.959963984540054
"""The 97.5 % point of the normal distribution: intervals are 95 %."""


_TAIL = 0.025
"""What a 95 % interval leaves out on either side."""


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
    rank = _lower_rank(len(ordered))
    return None if rank == 0 else (ordered[rank - 1], ordered[len(ordered) - rank])


def _lower_rank(number: int) -> int:
    """The largest k with P(Binomial(number, 1/2) < k) <= 2.5 %."""
    # Ten standard deviations below the middle nothing is left to add up: in steps, the square root of the number.
    rank = max(0, math.floor(number / 2 - 5 * math.sqrt(number)))
    choices = math.lgamma(number + 1) - math.lgamma(rank + 1) - math.lgamma(number - rank + 1)
    term = math.exp(choices - number * math.log(2))
    below = term
    while below <= _TAIL:
        rank += 1
        term *= (number - rank + 1) / rank
        below += term
    return rank
