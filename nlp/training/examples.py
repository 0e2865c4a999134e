"""Training examples: our own corpus, and the public sets mapped to our labels.

A target is 1, 0, or NaN where a set says nothing about it: NaN takes no part in the loss.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from config import ephemeral_key
from nlp.card import LABELS, ON_TOPIC, REFERRALS
from nlp.classifier import model_text
from nlp.errors import ModelError
from nlp.redaction import REGIONS_BY_LANGUAGE, find_redactions
from nlp.training.joining import join
from records import Kind, Label, Offer, Referral, TextField, working_copy

CORPUS = Path(__file__).parent / "corpus"
UNKNOWN = float("nan")


class Line(BaseModel):
    """One line of the corpus; fields as its data sheet (corpus/README.md) says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    text: str
    lang: str
    on_topic: bool
    labels: tuple[Label, ...]
    sub_labels: tuple[str, ...]
    kind: Kind
    referral: tuple[Referral, ...]
    author: str
    pair: str | None
    offer: Offer | None


@dataclass(frozen=True)
class Example:
    """A text as the model reads it, with its targets by output name; ``group`` stays on one side of every split."""

    id: str
    text: str
    lang: str
    group: str
    origin: str
    targets: dict[str, float]
    kind: str | None = None
    weight: float = 1.0


def as_read(text: str, lang: str) -> str:
    """A raw text as the classifier gets it: contacts replaced, then made plain."""
    spans = find_redactions([(TextField.TEXT, text)], ephemeral_key().contact, REGIONS_BY_LANGUAGE.get(lang, ()))
    return model_text("", working_copy(text, spans))


def read_lines(folder: Path = CORPUS) -> list[Line]:
    """All lines of the corpus, by file name and order. Raises ValueError naming file and line of a wrong one."""
    lines = []
    for path in sorted(folder.glob("*.ndjson")):
        for number, row in enumerate(path.read_text("utf-8").splitlines(), 1):
            try:
                lines.append(Line.model_validate_json(row))
            except ValueError as exc:
                raise ValueError(f"{path.name}, line {number}: {exc}") from exc
    return lines


def corpus_examples(lines: Iterable[Line], sub_labels: tuple[str, ...]) -> list[Example]:
    """The corpus as examples; the group of a line is its author."""
    return [
        Example(
            id=line.id,
            text=as_read(line.text, line.lang),
            lang=line.lang,
            group=line.author,
            origin="corpus",
            targets={
                ON_TOPIC: float(line.on_topic),
                **{name: float(name in line.labels) for name in LABELS},
                **{name: float(name in line.referral) for name in REFERRALS},
                **{name: float(_has_sub_label(line, name)) for name in sub_labels},
            },
            kind=line.kind.value,
        )
        for line in lines
    ]


def _has_sub_label(line: Line, name: str) -> bool:
    label, sub = name.split(":", 1)
    return label in line.labels and sub in line.sub_labels


def public_examples(folder: Path) -> list[Example]:
    """The public sets under ``folder`` as examples.

    Raises FileNotFoundError naming the folder when it is absent, ModelError where a set is not known or there is none.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"no public sets at {folder}: give their folder with --datasets")
    paths = sorted(folder.glob("*/data.ndjson"))
    unknown = [path.parent.name for path in paths if path.parent.name not in _TARGETS]
    if unknown or not paths:
        what = f"of {', '.join(unknown)} nobody has said what its labels mean" if unknown else "none has a data.ndjson"
        raise ModelError(f"{folder}: {what}; known are {', '.join(sorted(_TARGETS))}")
    return [example for path in paths for example in _read_set(path)]


def _read_set(path: Path) -> Iterator[Example]:
    name = path.parent.name
    with path.open(encoding="utf-8") as file:
        rows = [json.loads(row) for row in file]
    groups = join(link for row in rows for link in _twins(name, row))
    for row in rows:
        targets = _TARGETS[name](row["labels"], bool(row["migrant_related"]))
        if targets is not None:
            yield Example(
                id=row["id"],
                text=as_read(row["text"], row["lang"]),
                lang=row["lang"],
                group=f"{name} {groups[str(row['id'])]}",
                origin=name,
                targets={**dict.fromkeys((*LABELS, ON_TOPIC), UNKNOWN), **targets},
                # Crowd labels at the edge of our definition: they inform, the corpus decides.
                weight=0.5 if row["migrant_related"] else 1.0,
            )


def _twins(name: str, row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Links between texts of a set that are near copies: contrastive twins, and sentences of one comment."""
    own = str(row["id"])
    yield own, f"comment {own.split('_')[0]}" if name == "stormfront" else own
    for key in ("contrastive_id", "matched_id"):
        if row["labels"].get(key):
            yield own, str(row["labels"][key])


_BACKGROUND = {ON_TOPIC: 0.0, **dict.fromkeys(LABELS, 0.0)}
_NOT_AN_ADVERT = {Label.SMUGGLING_OFFER.value: 0.0}


def _hate(hateful: bool, migrants: bool) -> dict[str, float]:
    if not migrants:
        return _BACKGROUND
    targets = {ON_TOPIC: 1.0, **_NOT_AN_ADVERT, Label.XENOPHOBIC_FRAMING.value: float(hateful)}
    return {**targets, Label.POSITIVE_FRAMING.value: 0.0} if hateful else targets


def _mlma(labels: dict[str, Any], migrants: bool) -> dict[str, float] | None:
    return _hate(labels["sentiment"] != "normal", migrants)


def _gahd(labels: dict[str, Any], migrants: bool) -> dict[str, float] | None:
    return _hate(bool(labels["label"]), migrants)


def _hatemoji(labels: dict[str, Any], migrants: bool) -> dict[str, float] | None:
    return _hate(bool(labels["label_gold"]), migrants)


def _stormfront(labels: dict[str, Any], migrants: bool) -> dict[str, float] | None:
    # Under the hate line that forum is still hostile to migrants: its noHate says nothing about our label.
    if labels["label"] not in {"hate", "noHate"} or (migrants and labels["label"] == "noHate"):
        return None
    return _hate(labels["label"] == "hate", migrants)


def _csta(labels: dict[str, Any], migrants: bool) -> dict[str, float] | None:
    if not migrants:
        return _BACKGROUND if labels["immigration_share"] == 0 else None
    position = labels["position_mean"]
    if position is None:
        return None
    targets = {ON_TOPIC: 1.0, **_NOT_AN_ADVERT}
    if position <= -0.5:
        return {**targets, Label.XENOPHOBIC_FRAMING.value: 0.0, Label.POSITIVE_FRAMING.value: 1.0}
    # Restrictive policy talk is not vilifying by itself, but one party's manifesto often is: unknown there.
    vilifying = UNKNOWN if "BNP 2010" in labels["manifesto"] else 0.0
    return {**targets, Label.XENOPHOBIC_FRAMING.value: vilifying, Label.POSITIVE_FRAMING.value: 0.0}


def _iwg(labels: dict[str, Any], _migrants: bool) -> dict[str, float] | None:
    votes = [labels["expert1_hate"], labels["expert2_hate"]]
    rating = labels["expert2_rating"]
    if votes == ["YES", "YES"] or ("YES" in votes and rating >= 4):
        return _hate(True, True)
    return _hate(False, True) if votes == ["NO", "NO"] and rating <= 2 else None


def _background(_labels: dict[str, Any], migrants: bool) -> dict[str, float] | None:
    return None if migrants else _BACKGROUND


_TARGETS = {
    "mlma": _mlma,
    "gahd": _gahd,
    "hatemoji-build": _hatemoji,
    "stormfront": _stormfront,
    "csta-immigration": _csta,
    "iwg-refugees": _iwg,
    "xlm-t-sentiment": _background,
    "ud-background": _background,
    "sms-spam": _background,
}


def sample_public(examples: list[Example], background: int, seed: int) -> list[Example]:
    """All rows about migrants, and ``background`` of the others, spread evenly over languages."""
    migrants = [example for example in examples if example.targets[ON_TOPIC] == 1.0]
    others: dict[str, list[Example]] = {}
    for example in examples:
        if example.targets[ON_TOPIC] == 0.0:
            others.setdefault(example.lang, []).append(example)
    draw = random.Random(seed)
    for rows in others.values():
        draw.shuffle(rows)
    # English hate sets would otherwise be most of the background, and English posts need the fewest examples.
    share = background // max(1, len(others))
    chosen = [example for rows in others.values() for example in rows[: share * 3 if rows[0].lang == "en" else share]]
    return migrants + chosen
