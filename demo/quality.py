"""How right the classifier was in the demo world, which keeps its own truth."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from demo.entries import Truth
from records import Label, Tags


@dataclass(frozen=True)
class LabelQuality:
    """Precision and recall of one label; None where nothing was given or nothing is true."""

    name: str
    truth: int
    given: int
    right: int

    @property
    def precision(self) -> float | None:
        """Share of the posts given the label that have it."""
        return self.right / self.given if self.given else None

    @property
    def recall(self) -> float | None:
        """Share of the posts that have the label that were given it."""
        return self.right / self.truth if self.truth else None


def judge(pairs: Iterable[tuple[Truth, Tags]]) -> list[LabelQuality]:
    """Quality of on_topic and the four labels over posts with their truth. A post not assessed counts as a miss."""
    rows = list(pairs)
    found: list[LabelQuality] = []
    topic = [(truth.on_topic, tags.is_on_topic) for truth, tags in rows]
    found.append(_count("on_topic", topic))
    for label in Label:
        found.append(_count(label.value, [(label in truth.labels, label in tags.labels) for truth, tags in rows]))
    return found


def _count(name: str, pairs: list[tuple[bool, bool]]) -> LabelQuality:
    truth = sum(true for true, _ in pairs)
    given = sum(yes for _, yes in pairs)
    return LabelQuality(name, truth, given, sum(true and yes for true, yes in pairs))
