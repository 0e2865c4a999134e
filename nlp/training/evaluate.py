"""Judging a model: figures per label and language with bootstrap intervals over authors, and which languages are covered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nlp.card import KINDS, LABELS, ON_TOPIC
from nlp.training.calibrate import auroc, expected_calibration_error, f1_counts
from nlp.training.examples import Example
from records import PROTECTED_KINDS

Floats = npt.NDArray[np.float64]

COVERED_LINES = 40
"""Held-out lines of a language; fewer say nothing about it."""
COVERED_MACRO_F1 = 0.60
COVERED_LABEL_F1 = 0.40
COVERED_OFFER_PRECISION = 0.70
"""A language is covered when on held-out authors the four labels reach this macro-F1, each of them this F1, and offers this
precision: about what people who code such texts agree on at first (codebook, figures of peers). Below, a count is noise with a
number on it."""
BOOTSTRAPS = 500


@dataclass(frozen=True)
class Scored:
    """Held-out examples with calibrated probabilities and the outputs given, shape (n, outputs), and kind logits, (n, 11)."""

    examples: tuple[Example, ...]
    names: tuple[str, ...]
    probability: Floats
    truth: Floats
    given: npt.NDArray[np.bool_]
    kinds: Floats

    def column(self, name: str) -> tuple[Floats, Floats]:
        """Probability and truth of one output."""
        at = self.names.index(name)
        return self.probability[:, at], self.truth[:, at]

    def subset(self, which: npt.NDArray[np.bool_]) -> Scored:
        """The examples where ``which`` is true."""
        chosen = tuple(example for example, yes in zip(self.examples, which.tolist(), strict=True) if yes)
        return Scored(
            chosen, self.names, self.probability[which], self.truth[which], self.given[which], self.kinds[which]
        )

    def was_given(self, name: str) -> npt.NDArray[np.bool_]:
        """Whether the output was given, by text."""
        return np.asarray(self.given[:, self.names.index(name)])

    def of_corpus(self) -> Scored:
        """Without the public background."""
        return self.subset(np.array([example.origin == "corpus" for example in self.examples]))


def decide(probability: Floats, names: tuple[str, ...], thresholds: dict[str, float]) -> npt.NDArray[np.bool_]:
    """The outputs given, shape (n, outputs): over their threshold, and on topic."""
    over = probability >= np.array([thresholds[name] for name in names])
    return np.asarray(over & over[:, [names.index(ON_TOPIC)]])


def label_figures(scored: Scored, name: str) -> dict[str, float]:
    """Precision, recall, F1, AUROC and n of one output over the examples where its truth is known."""
    known = ~np.isnan(scored.column(name)[1])
    part = scored.subset(known)
    probability, truth = part.column(name)
    result = f1_counts(part.was_given(name), truth.astype(bool))
    area = auroc(probability, truth)
    return {**result, "auroc": round(area, 4)} if not np.isnan(area) else result


def judge_languages(
    scored: Scored,
) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, float]]]:
    """Languages that are covered and languages measured and found too weak, each with its figures."""
    covered: dict[str, dict[str, float]] = {}
    weak: dict[str, dict[str, float]] = {}
    corpus = scored.of_corpus()
    for lang in sorted({example.lang for example in corpus.examples}):
        part = corpus.subset(np.array([example.lang == lang for example in corpus.examples]))
        each = {name: label_figures(part, name) for name in LABELS}
        macro = float(np.mean([figure["f1"] for figure in each.values()]))
        summary = {
            "macro_f1": round(macro, 4),
            "offer_precision": each["smuggling_offer"]["precision"],
            "offer_recall": each["smuggling_offer"]["recall"],
            "lowest_f1": min(figure["f1"] for figure in each.values()),
            "lines": float(len(part.examples)),
        }
        good = (
            len(part.examples) >= COVERED_LINES
            and macro >= COVERED_MACRO_F1
            and summary["lowest_f1"] >= COVERED_LABEL_F1
            and summary["offer_precision"] >= COVERED_OFFER_PRECISION
        )
        (covered if good else weak)[lang] = summary
    return covered, weak


def figures(scored: Scored, used: Sequence[str]) -> dict[str, object]:
    """All held-out figures of a model, for its card; ``used``: the outputs that are ever given."""
    corpus = scored.of_corpus()
    background = scored.subset(np.array([example.origin != "corpus" for example in scored.examples]))
    languages = sorted({example.lang for example in corpus.examples})
    by_language = {
        lang: {
            name: label_figures(corpus.subset(np.array([e.lang == lang for e in corpus.examples])), name)
            for name in (ON_TOPIC, *LABELS)
        }
        for lang in languages
    }
    return {
        "all": {name: label_figures(corpus, name) for name in used},
        "f1_interval": {name: _interval(corpus, name) for name in (ON_TOPIC, *LABELS)},
        "by_language": by_language,
        "calibration_error": _calibration_errors(scored, corpus),
        "background_false_alarms": {
            name: round(float(background.was_given(name).mean()), 5) if background.examples else 0.0
            for name in (ON_TOPIC, *LABELS)
        },
        "kind": _kind_figures(corpus),
    }


def _calibration_errors(scored: Scored, corpus: Scored) -> dict[str, float]:
    """on_topic over corpus and other subjects, both weighing one half; labels over the corpus's texts found on topic."""
    found = corpus.subset(corpus.was_given(ON_TOPIC))
    errors = {name: expected_calibration_error(*found.column(name)) for name in LABELS}
    errors[ON_TOPIC] = expected_calibration_error(*scored.column(ON_TOPIC), balanced=True)
    return {name: round(errors[name], 4) for name in (ON_TOPIC, *LABELS)}


def _interval(scored: Scored, name: str) -> list[float]:
    """95 % percentile interval of F1, authors drawn with replacement: lines of one voice are not independent."""
    part = scored.subset(~np.isnan(scored.column(name)[1]))
    hit, truth = part.was_given(name), part.column(name)[1].astype(bool)
    groups: dict[str, list[int]] = {}
    for index, example in enumerate(part.examples):
        groups.setdefault(example.group, []).append(index)
    members = [np.array(rows) for rows in groups.values()]
    draw = np.random.default_rng(1)
    values = []
    for _ in range(BOOTSTRAPS):
        rows = np.concatenate([members[i] for i in draw.integers(0, len(members), len(members))])
        values.append(f1_counts(hit[rows], truth[rows])["f1"])
    return [round(float(value), 4) for value in np.percentile(values, [2.5, 97.5])]


def _kind_figures(scored: Scored) -> dict[str, float]:
    found = scored.kinds.argmax(axis=1)
    truth = np.array([KINDS.index(example.kind or "other") for example in scored.examples])
    protected = np.array([KINDS[kind] in {str(word) for word in PROTECTED_KINDS} for kind in range(len(KINDS))])
    needs = protected[truth]
    return {
        "accuracy": round(float((found == truth).mean()), 4),
        "protected_recall": round(float(protected[found][needs].mean()), 4) if needs.any() else 0.0,
        "protected_n": float(needs.sum()),
    }
