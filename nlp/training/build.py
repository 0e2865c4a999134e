"""`daymark model train`: one command from corpus and public sets to a model folder with its card.

1. authors (joined by minimal pairs) are dealt into a training and a held-out part, see split.py
2. adapter and heads are fitted on the training part and a sample of the public sets
3. calibration, thresholds, covered languages and all figures come from the held-out part and held-out background, see settle.py
4. the folder is written under a temporary name and renamed: a version is complete or absent, and never changes
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from safetensors.torch import save_file

from nlp.card import LABELS, ON_TOPIC, REFERRALS, ModelCard, file_sha256
from nlp.encoder import MAX_WINDOWS
from nlp.errors import ModelError
from nlp.heads import ADAPTER, HEADS, NGRAMS, TABLE
from nlp.training.evaluate import decide, figures, judge_languages
from nlp.training.examples import Example, Line, corpus_examples, public_examples, read_lines, sample_public
from nlp.training.fit import KIND_NGRAMS, Fitted, Recipe, fit, logits
from nlp.training.lengthen import ARTICLE, ONE_WINDOW, lengthen
from nlp.training.settle import Settled, settle
from nlp.training.split import deal, is_held_out, read_pinned

BACKGROUND_HELD_OUT = 0.2
MIN_SUB_LABEL = 15
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


def train(
    datasets: Path,
    folder: Path,
    version: str,
    base: str,
    recipe: Recipe,
    tell: Callable[[str], None],
    table: Path | None = None,
) -> ModelCard:
    """Trains a model into ``folder``/``version``. ``table``: token rows of other languages, see nlp/training/table.

    Raises ModelError when that version exists, FileNotFoundError for no data.
    """
    target = folder / version
    if target.exists():
        raise ModelError(f"{target} exists already: versions never change; choose another --version")
    lines = read_lines()
    names = (ON_TOPIC, *LABELS, *REFERRALS, *sub_labels_of(lines))
    own = corpus_examples(lines, names[1 + len(LABELS) + len(REFERRALS) :])
    public = public_examples(datasets)
    sides = deal(lines, read_pinned())
    held = [example for example in own if sides[example.group]]
    fresh = [example for example in public if is_held_out(example.group, BACKGROUND_HELD_OUT)]
    rest = [example for example in public if not is_held_out(example.group, BACKGROUND_HELD_OUT)]
    taught = [example for example in own if not sides[example.group]]
    others = sample_public(rest, recipe.background, recipe.seed)
    taught += others + lengthen(taught, others, ONE_WINDOW, recipe.long_plain, recipe.seed)
    tell(
        f"{len(taught)} texts to learn from, {len(held)} lines of held-out authors, {len(fresh)} held-out public texts"
    )
    fitted = fit(taught, names, recipe, base, tell, table)
    background = sample_public([e for e in fresh if e.targets[ON_TOPIC] == 0.0], 4_000, recipe.seed)
    examples = held + background
    settled, scored = settle(examples, names, logits(fitted, [example.text for example in examples], len(names)))
    covered, not_covered = judge_languages(scored)
    card_figures = figures(scored, [name for name in names if settled.thresholds[name] <= 1])
    card_figures["long"] = _judge_long(fitted, settled, lengthen(held, background, ARTICLE, 400, recipe.seed), names)
    card_figures["recipe"] = asdict(recipe)
    card_figures["texts"] = {"taught": len(taught), "held_out": len(held), "background": len(background)}
    draft = folder / f".{version}.part"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    # Half precision: the adapter is small changes to weights, the difference is below the encoder's own noise.
    save_file({name: tensor.half().contiguous() for name, tensor in fitted.adapter.items()}, draft / ADAPTER)
    save_file(dict(fitted.heads.state_dict()), draft / HEADS)
    fitted.ngrams.save(draft / NGRAMS)
    if table is not None:
        shutil.copyfile(table, draft / TABLE)
    weights = sorted(path.name for path in draft.iterdir())
    card = ModelCard(
        name="daymark",
        version=version,
        encoder=base,
        encoder_sha256=fitted.encoder.fingerprint,
        width=fitted.encoder.width,
        binary=names,
        calibration=settled.calibration,
        thresholds=settled.thresholds,
        covered=covered,
        not_covered=not_covered,
        figures=card_figures,
        # Measured above on texts of several windows.
        windows=MAX_WINDOWS,
        kind_ngrams=KIND_NGRAMS,
        sha256={name: file_sha256(draft / name) for name in weights},
    )
    for path in draft.iterdir():
        path.chmod(0o644)
    (draft / "model.json").write_text(json.dumps(card.model_dump(), indent=1, ensure_ascii=False) + "\n", "utf-8")
    draft.rename(target)
    return card


def _judge_long(
    fitted: Fitted, settled: Settled, examples: list[Example], names: tuple[str, ...]
) -> dict[str, dict[str, float]]:
    """Recall over held-out lines among other posts, and false alarms over long texts without a line, by output."""
    given = decide(
        settled.probability(logits(fitted, [example.text for example in examples], len(names)), names),
        names,
        settled.thresholds,
    )
    plain = np.array([example.origin == "long background" for example in examples])
    return {
        name: {
            "recall": round(float(given[_positive(examples, name), at].mean()), 4),
            "false_alarms": round(float(given[plain, at].mean()), 4),
        }
        for at, name in enumerate(names)
        if name in (ON_TOPIC, *LABELS)
    }


def _positive(examples: list[Example], name: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.array([example.targets.get(name) == 1.0 for example in examples])
