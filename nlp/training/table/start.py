"""Where a new row begins: at the mean of the English pieces that its sentences' originals hold most of all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from scipy.sparse import csr_matrix

COMPANIONS = 4
"""English pieces that a row begins as the mean of."""
MIN_TOGETHER = 2
"""Sentences that two pieces must share: one is chance."""


def start_rows(
    foreign: Sequence[Sequence[int]], english: Sequence[Sequence[int]], rows: torch.Tensor, number: int
) -> torch.Tensor:
    """First values of the new rows, shape (number, width).

    ``foreign``: piece numbers of each translation, the first new piece being ``len(rows)``; ``english``: of its original;
    ``rows``: the English table. A piece without company begins as the mean of all English rows.
    """
    size = len(rows)
    left = _presence([[piece - size for piece in ids if piece >= size] for ids in foreign], number)
    right = _presence(english, size)
    together = (left.T @ right).tocsr()
    counts_left, counts_right = _sums(left), _sums(right)
    found = rows.mean(0).repeat(number, 1)
    for row in range(number):
        begin, end = together.indptr[row], together.indptr[row + 1]
        columns, shared = together.indices[begin:end], together.data[begin:end].astype(np.float64)
        columns, shared = columns[shared >= MIN_TOGETHER], shared[shared >= MIN_TOGETHER]
        if not len(columns):
            continue
        strength = _phi_squared(shared, counts_left[row], counts_right[columns], len(foreign))
        best = np.argsort(-strength)[:COMPANIONS]
        best = best[strength[best] > 0]
        if len(best):
            found[row] = rows[columns[best].astype(np.int64)].mean(0)
    return found


def _phi_squared(
    shared: npt.NDArray[np.float64], left: float, right: npt.NDArray[np.float64], total: int
) -> npt.NDArray[np.float64]:
    above = shared * total - left * right
    below = left * right * (total - left) * (total - right)
    return np.where(above > 0, above**2 / np.maximum(below, 1.0), 0.0)


def _presence(sentences: Sequence[Sequence[int]], width: int) -> csr_matrix:
    sets = [sorted(set(ids)) for ids in sentences]
    indices = np.fromiter((piece for ids in sets for piece in ids), dtype=np.int32)
    ends = np.cumsum([0, *(len(ids) for ids in sets)])
    return csr_matrix((np.ones(len(indices), dtype=np.float32), indices, ends), shape=(len(sets), width))


def _sums(matrix: csr_matrix) -> npt.NDArray[np.float64]:
    return np.asarray(matrix.sum(0), dtype=np.float64).ravel()
