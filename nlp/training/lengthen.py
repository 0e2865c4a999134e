"""Long texts for training and measuring: public sets and corpus hold posts, but feeds land whole articles.

Without them the model takes length itself for a sign: of 180 long texts put together from posts on other subjects it found 74 %
on topic. A long text here is a row of background posts of one language, with or without a corpus line among them.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from nlp.card import LABELS, ON_TOPIC
from nlp.training.examples import Example

ONE_WINDOW = 700
"""Characters that fit into one window of 192 tokens in most of the languages; training reads the first window only."""
ARTICLE = 2_400
"""Characters of a long text to measure on: a short news report, three to four windows."""


def lengthen(
    lines: Sequence[Example], background: Sequence[Example], characters: int, plain: int, seed: int
) -> list[Example]:
    """Each line among background posts of its language, and ``plain`` long texts without a line.

    ``background``: texts on other subjects. Languages without background are left out. Texts are about ``characters`` long.
    """
    draw = random.Random(seed)
    others: dict[str, list[Example]] = {}
    for example in background:
        if example.targets[ON_TOPIC] == 0.0:
            others.setdefault(example.lang, []).append(example)
    long = [_around(line, others[line.lang], characters, draw) for line in lines if line.lang in others]
    languages = sorted(set(others) & {line.lang for line in lines})
    for number in range(plain if languages else 0):
        rows = others[languages[number % len(languages)]]
        first = draw.choice(rows)
        text = " ".join([first.text, *_some(rows, characters - len(first.text), draw)])
        targets = {ON_TOPIC: 0.0, **dict.fromkeys(LABELS, 0.0)}
        long.append(replace(first, id=f"{first.id}+", text=text, origin="long background", targets=targets, kind=None))
    return long


def _around(line: Example, others: Sequence[Example], characters: int, draw: random.Random) -> Example:
    rest = max(0, characters - len(line.text))
    before = draw.randint(0, rest)
    parts = [*_some(others, before, draw), line.text, *_some(others, rest - before, draw)]
    return replace(line, id=f"{line.id}+", text=" ".join(parts), origin="long corpus")


def _some(others: Sequence[Example], characters: int, draw: random.Random) -> list[str]:
    """Posts that together stay under so many characters."""
    found: list[str] = []
    while True:
        text = draw.choice(others).text
        characters -= len(text) + 1
        if characters < 0:
            return found
        found.append(text)
