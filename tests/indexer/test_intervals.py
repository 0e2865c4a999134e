"""Intervals against published values and against their own promise."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer import median_interval, wilson


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    # Newcombe, Two-sided confidence intervals for the single proportion, Statistics in Medicine 17 (1998), table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0000, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_newcombes_values(hits: int, of: int, low: float, high: float) -> None:
    assert wilson(hits, of) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 10**7).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_wilson_holds_the_share_and_stays_within_0_and_1(numbers: tuple[int, int]) -> None:
    hits, of = numbers
    low, high = wilson(hits, of)
    assert 0 <= low <= hits / of <= high <= 1


def test_the_interval_of_a_median_is_the_one_of_the_binomial_table() -> None:
    # Conover, table A3: n = 10 gives ranks 2 and 9, n = 20 ranks 6 and 15.
    assert median_interval([float(value) for value in range(1, 11)]) == (2, 9)
    assert median_interval([float(value) for value in range(1, 21)]) == (6, 15)
    assert median_interval([1.0, 2.0, 3.0, 4.0, 5.0]) is None
    assert median_interval([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]) == (1, 6)


@given(st.integers(6, 600))
def test_the_ranks_are_those_of_the_binomial_sum(number: int) -> None:
    low, high = median_interval([float(value) for value in range(1, number + 1)]) or (0.0, 0.0)
    rank = int(low)
    below = sum(math.comb(number, k) for k in range(rank))
    assert 40 * below <= 2**number < 40 * (below + math.comb(number, rank))
    assert high == number + 1 - rank


@pytest.mark.timeout(20)
def test_a_market_of_a_million_prices_is_a_matter_of_moments() -> None:
    """A sum of whole binomial coefficients takes hours here; the ranks are those of the normal approximation."""
    low, high = median_interval([float(value) for value in range(1, 1_000_001)]) or (0.0, 0.0)
    assert low == pytest.approx(500_000 - 1.96 * 500, abs=1)
    assert high == 1_000_001 - low


def test_the_interval_of_a_median_holds_it_95_times_in_100() -> None:
    rng = random.Random(1)
    caught = 0
    for _ in range(2000):
        found = median_interval([rng.random() for _ in range(25)])
        caught += found is not None and found[0] <= 0.5 <= found[1]
    assert caught >= 1880
