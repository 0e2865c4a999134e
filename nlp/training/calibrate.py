"""Calibration and thresholds, both from texts of authors that the model had not seen."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from nlp.card import Calibration

Floats = npt.NDArray[np.float64]

MIN_POSITIVES = 8
"""Fewer held-out positives than this give no threshold that means anything; the output is then not used."""
NEVER = 1.01
"""A threshold no probability reaches."""


def calibrate(logits: Floats, truth: Floats, spelled: Floats | None = None, *, balanced: bool = False) -> Calibration:
    """Platt scaling of one output; NaN in ``truth`` is left out. Falls back to the identity without both classes.

    ``spelled``: the n-grams' logits of the same texts; each reader gets the weight that it earns on texts neither has seen.
    ``balanced``: for a prior of one half, whatever the share of positives in ``truth``.
    """
    known = ~np.isnan(truth)
    values, labels = logits[known], truth[known]
    if spelled is not None and spelled[known].any():
        both = np.stack([values, spelled[known]], axis=1)
        model = LogisticRegression(C=10.0, class_weight="balanced" if balanced else None)
        if 2 <= labels.sum() <= len(labels) - 2:
            slope, ngrams = model.fit(both, labels).coef_[0]
            # A reader with a negative weight has learned nothing: the other one is scaled alone.
            if slope > 0 and ngrams > 0:
                return Calibration(slope=float(slope), ngrams=float(ngrams), offset=float(model.intercept_[0]))
    if labels.sum() < 2 or labels.sum() > len(labels) - 2:
        return Calibration()
    # C = 10: two numbers from hundreds of texts need hardly any shrinking.
    model = LogisticRegression(C=10.0, class_weight="balanced" if balanced else None).fit(values.reshape(-1, 1), labels)
    slope = float(model.coef_[0, 0])
    # A negative slope would turn the output over; it means the output has learned nothing.
    return Calibration(slope=slope, offset=float(model.intercept_[0])) if slope > 0 else Calibration()


def apply(calibration: Calibration, logits: Floats, spelled: Floats) -> Floats:
    """Probabilities from the logits of both readers."""
    whole = calibration.slope * logits + calibration.ngrams * spelled + calibration.offset
    return np.asarray(1.0 / (1.0 + np.exp(-whole)))


def choose_threshold(probability: Floats, truth: Floats, precision: float, beta: float = 1.0) -> float:
    """The threshold with the best F-beta among those that reach ``precision`` on held-out texts.

    ``beta`` 2 holds a missed text for four times as bad as a false one. Where no threshold reaches the precision, the best
    F-beta decides. NEVER where there are too few positives to tell.
    """
    known = ~np.isnan(truth)
    p, t = probability[known], truth[known].astype(bool)
    if t.sum() < MIN_POSITIVES:
        return NEVER
    best, best_f, fallback, fallback_f = None, -1.0, 0.5, -1.0
    # Every probability found is a candidate: a grid passes by the rare outputs, all of which lie low.
    for threshold in np.unique(p[t]):
        given = p >= threshold
        hits = float((given & t).sum())
        found_precision, found_recall = hits / float(given.sum()), hits / float(t.sum())
        f = (1 + beta**2) * found_precision * found_recall / (beta**2 * found_precision + found_recall)
        if found_precision >= precision and f > best_f:
            best, best_f = float(threshold), f
        if f > fallback_f:
            fallback, fallback_f = float(threshold), f
    return best if best is not None else fallback


def auroc(score: Floats, truth: Floats) -> float:
    """Area under the ROC curve; NaN where one class is missing."""
    known = ~np.isnan(truth)
    labels = truth[known]
    return float(roc_auc_score(labels, score[known])) if 0 < labels.sum() < len(labels) else float("nan")


def expected_calibration_error(probability: Floats, truth: Floats, bins: int = 10, *, balanced: bool = False) -> float:
    """Mean gap between stated and found probability over equal-width bins (Guo et al. 2017).

    ``balanced``: positives and negatives weigh one half each, as `calibrate` has it.
    """
    known = ~np.isnan(truth)
    p, t = probability[known], truth[known]
    weight = np.ones(len(t))
    if balanced and 0 < t.sum() < len(t):
        weight = np.where(t == 1, 0.5 / t.sum(), 0.5 / (len(t) - t.sum()))
    weight = weight / max(weight.sum(), 1e-12)
    which = np.minimum((p * bins).astype(int), bins - 1)
    return float(sum(abs(((p - t) * weight)[which == b].sum()) for b in range(bins)))


def f1_counts(given: npt.NDArray[np.bool_], truth: npt.NDArray[np.bool_]) -> dict[str, float]:
    """Precision, recall and F1 of one label, with n = its positives."""
    hits = float((given & truth).sum())
    precision = hits / float(given.sum()) if given.any() else 0.0
    recall = hits / float(truth.sum()) if truth.any() else 0.0
    f1 = 2 * precision * recall / (precision + recall) if hits else 0.0
    return {"precision": round(precision, 4), "recall": round(recall, 4), "f1": round(f1, 4), "n": float(truth.sum())}
