"""Fitting the n-grams: a linear model for each output, beside the encoder and knowing nothing of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from nlp.card import KINDS, LABELS, ON_TOPIC, REFERRALS
from nlp.ngrams import BUCKETS, Floats, NGrams, Rows, count, weigh
from nlp.training.examples import Example

OUTPUTS = (ON_TOPIC, *LABELS, *REFERRALS)
"""Sub-labels have too few lines for 65,536 weights each."""
STRENGTH = 20.0
"""Inverse of the regularisation. Texts have length one, so their weights must be large. Not compared with other values yet."""


def fit_ngrams(examples: Sequence[Example]) -> NGrams:
    """Trains on the examples: outputs OUTPUTS, then the eleven kinds."""
    rows = count([example.text for example in examples])
    seen = np.bincount(rows.buckets, minlength=BUCKETS)
    rarity = (np.log((1 + len(examples)) / (1 + seen)) + 1).astype(np.float32)
    features = _matrix(weigh(rows, rarity))
    columns = [np.array([example.targets.get(name, np.nan) for example in examples]) for name in OUTPUTS]
    kinds = np.array([example.kind or "" for example in examples])
    columns += [np.where(kinds == "", np.nan, (kinds == kind).astype(float)) for kind in KINDS]
    fitted = [_fit(features, column) for column in columns]
    weights, offsets = np.stack([weight for weight, _ in fitted]), np.array([offset for _, offset in fitted])
    return NGrams(weights.astype(np.float32), offsets.astype(np.float32), rarity)


def _fit(features: csr_matrix, truth: Floats) -> tuple[Floats, float]:
    known = np.flatnonzero(~np.isnan(truth))
    if len(set(truth[known].tolist())) < 2:
        # Nothing to tell apart: no weight, and no say.
        return np.zeros(BUCKETS, dtype=np.float32), 0.0
    model = LogisticRegression(C=STRENGTH, class_weight="balanced", solver="liblinear", max_iter=200)
    model.fit(features[known], truth[known])
    return model.coef_[0], float(model.intercept_[0])


def _matrix(rows: Rows) -> csr_matrix:
    return csr_matrix((rows.values, rows.buckets, rows.starts), shape=(len(rows.starts) - 1, BUCKETS))
