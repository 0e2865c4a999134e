"""`daymark model train`: one command from corpus and public sets to a model folder with its card.

1. authors (joined by minimal pairs) are dealt into a training and a held-out part by a hash of their name
2. adapter and heads are fitted on the training part and a sample of the public sets
3. calibration, thresholds, covered languages and all figures come from the held-out part and held-out background
4. the folder is written under a temporary name and renamed: a version is complete or absent, and never changes
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from safetensors.torch import save_file

from nlp.card import LABELS, ON_TOPIC, REFERRALS, Calibration, ModelCard, file_sha256
from nlp.errors import ModelError
from nlp.training.calibrate import apply, calibrate, choose_threshold
from nlp.training.evaluate import Floats, Scored, figures, judge_languages, score
from nlp.training.examples import Example, Line, corpus_examples, public_examples, read_lines, sample_public
from nlp.training.fit import Recipe, fit, logits

HELD_OUT = 0.3
"""Share of authors held out: about 580 lines, the least that gives each language and label a handful of positives."""
BACKGROUND_HELD_OUT = 0.2
PRECISION = {
    "on_topic": 0.6,
    "smuggling_offer": 0.82,
    "risk_narrative": 0.5,
    "xenophobic_framing": 0.5,
    "positive_framing": 0.5,
}
"""Precision asked of each label on held-out texts; of the thresholds that reach it the one with the best F1 is taken.
An advert named wrongly costs an investigator an hour. A framing feeds shares, which an error in either direction shifts alike;
there the best F1 decides, but never with more wrong than right."""
RECALL = dict.fromkeys(REFERRALS, 0.8)
"""Referrals go to a person at once: a missed one weighs more than a needless look."""
MIN_SUB_LABEL = 20
"""Lines of a sub-label in the corpus, under which no output is made for it."""


def sub_labels_of(lines: Sequence[Line]) -> tuple[str, ...]:
    """Sub-label outputs, ``label:sub_label``, that have enough lines."""
    counts = Counter(
        f"{label}:{sub}" for line in lines for sub in line.sub_labels for label in line.labels if _belongs(sub, label)
    )
    return tuple(sorted(name for name, number in counts.items() if number >= MIN_SUB_LABEL))


def _belongs(sub: str, label: str) -> bool:
    family = {
        "risk_narrative": ("teller_", "harm_"),
        "xenophobic_framing": (
            "crime_security", "economic_burden", "culture_religion", "replacement", "disease", "dehumanising",
            "exclusion_call",
        ),
        "positive_framing": ("compassion", "rights", "contribution", "welcome", "counter_speech"),
    }  # fmt: skip
    known = tuple(name for names in family.values() for name in names)
    if label == "smuggling_offer":
        return not sub.startswith(known)
    return sub.startswith(family[label])


def is_held_out(group: str, share: float) -> bool:
    """Whether a group of authors is held out; by hash, so that a grown corpus keeps its old test authors."""
    return int.from_bytes(hashlib.sha256(group.encode()).digest()[:4], "big") / 2**32 < share


def train(
    datasets: Path, folder: Path, version: str, base: str, recipe: Recipe, tell: Callable[[str], None]
) -> ModelCard:
    """Trains a model into ``folder``/``version``. Raises ModelError when that version exists, FileNotFoundError for no data."""
    target = folder / version
    if target.exists():
        raise ModelError(f"{target} exists already: versions never change; choose another --version")
    lines = read_lines()
    names = (ON_TOPIC, *LABELS, *REFERRALS, *sub_labels_of(lines))
    own = corpus_examples(lines, names[1 + len(LABELS) + len(REFERRALS) :])
    public = public_examples(datasets)
    held = [example for example in own if is_held_out(example.group, HELD_OUT)]
    fresh = [example for example in public if is_held_out(example.group, BACKGROUND_HELD_OUT)]
    rest = [example for example in public if not is_held_out(example.group, BACKGROUND_HELD_OUT)]
    taught = [example for example in own if not is_held_out(example.group, HELD_OUT)]
    taught += sample_public(rest, recipe.background, recipe.seed)
    tell(
        f"{len(taught)} texts to learn from, {len(held)} lines of held-out authors, {len(fresh)} held-out public texts"
    )
    fitted = fit(taught, names, recipe, base, tell)
    background = sample_public([e for e in fresh if e.targets[ON_TOPIC] == 0.0], 4_000, recipe.seed)
    calibration, thresholds, scored = _settle(held, background, names, lambda t: logits(fitted, t))
    covered, not_covered = judge_languages(scored, thresholds)
    card_figures = figures(scored, thresholds, names)
    card_figures["recipe"] = asdict(recipe)
    card_figures["texts"] = {"taught": len(taught), "held_out": len(held), "background": len(background)}
    draft = folder / f".{version}.part"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    # Half precision: the adapter is small changes to weights, the difference is below the encoder's own noise.
    save_file(
        {name: tensor.half().contiguous() for name, tensor in fitted.adapter.items()}, draft / "adapter.safetensors"
    )
    save_file(dict(fitted.heads.state_dict()), draft / "heads.safetensors")
    card = ModelCard(
        name="daymark",
        version=version,
        encoder=base,
        encoder_sha256=fitted.encoder.fingerprint,
        width=fitted.encoder.width,
        binary=names,
        calibration=calibration,
        thresholds=thresholds,
        covered=covered,
        not_covered=not_covered,
        figures=card_figures,
        sha256={name: file_sha256(draft / name) for name in ("adapter.safetensors", "heads.safetensors")},
    )
    for path in draft.iterdir():
        path.chmod(0o644)
    (draft / "model.json").write_text(json.dumps(card.model_dump(), indent=1, ensure_ascii=False) + "\n", "utf-8")
    draft.rename(target)
    return card


Logits = Callable[[Sequence[str]], tuple[Floats, "np.ndarray[tuple[int, ...], np.dtype[np.float32]]"]]


def _settle(
    held: list[Example], background: list[Example], names: tuple[str, ...], run: Logits
) -> tuple[dict[str, Calibration], dict[str, float], Scored]:
    examples = held + background
    raw, kinds = run([example.text for example in examples])
    truth = np.array([[example.targets.get(name, np.nan) for name in names] for example in examples])
    topic = calibrate(raw[:, 0], truth[:, 0])
    limit = round(choose_threshold(apply(topic, raw[:, 0]), truth[:, 0], PRECISION[ON_TOPIC]), 4)
    # A label is only ever given on topic, so its probability means: given that the post is on topic.
    on_topic = apply(topic, raw[:, 0]) >= limit
    calibration = {name: calibrate(raw[on_topic, at], truth[on_topic, at]) for at, name in enumerate(names)}
    calibration[ON_TOPIC] = topic
    scored = score(examples, raw, kinds, truth, names, calibration)
    thresholds = {ON_TOPIC: limit}
    # The corpus alone decides thresholds: its negatives are the hard ones. What the easy ones cost is measured apart, as
    # false alarms on other subjects.
    own = len(held)
    for at, name in enumerate(names[1:], 1):
        probability = np.where(on_topic, scored.probability[:, at], 0.0)
        wanted = choose_threshold(probability[:own], truth[:own, at], PRECISION.get(name, 0.6), RECALL.get(name))
        thresholds[name] = round(wanted, 4)
    return calibration, thresholds, scored
