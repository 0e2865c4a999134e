"""Who is held out: authors are dealt once and stay where they are, written down in corpus/split.json.

A split by a hash alone moves authors as soon as a new line joins two groups, and a text that was learned from would then be
measured on. `python -m nlp.training.split` deals authors that are not in the file yet; nobody in it ever moves.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from nlp.errors import ModelError
from nlp.training.examples import CORPUS, Line, read_lines
from nlp.training.joining import join

PINNED = CORPUS / "split.json"
HELD_OUT = 0.3
"""Share of authors held out: about 580 lines, the least that gives each language and label a handful of positives."""


def is_held_out(group: str, share: float) -> bool:
    """Whether a group is held out, by hash of its name."""
    return int.from_bytes(hashlib.sha256(group.encode()).digest()[:4], "big") / 2**32 < share


def deal(lines: Iterable[Line], pinned: Mapping[str, bool]) -> dict[str, bool]:
    """Author -> whether held out; authors whose lines share a minimal pair are on one side.

    Raises ModelError where a pair joins a pinned held-out author with a pinned taught one: one of the lines has to go.
    """
    groups: dict[str, set[str]] = {}
    for author, group in join(_links(lines)).items():
        if not author.startswith("pair "):
            groups.setdefault(group, set()).add(author)
    sides: dict[str, bool] = {}
    for authors in groups.values():
        known = {pinned[author] for author in authors if author in pinned}
        if len(known) > 1:
            raise ModelError(f"the authors {', '.join(sorted(authors))} share a pair, but some of them are held out")
        side = known.pop() if known else is_held_out(min(authors), HELD_OUT)
        sides.update(dict.fromkeys(authors, side))
    return sides


def _links(lines: Iterable[Line]) -> Iterable[tuple[str, str]]:
    for line in lines:
        yield line.author, f"pair {line.pair}" if line.pair else line.author


def read_pinned(path: Path = PINNED) -> dict[str, bool]:
    """The authors dealt so far. Raises ModelError where the file is missing or not what `main` writes."""
    try:
        sides: dict[str, list[str]] = json.loads(path.read_text("utf-8"))
        return {**dict.fromkeys(sides["taught"], False), **dict.fromkeys(sides["held_out"], True)}
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise ModelError(
            f"{path} is missing or damaged: restore it, or the figures of older models mean nothing"
        ) from exc


def main() -> None:
    """Deals the authors that are new and writes the file."""
    sides = deal(read_lines(), read_pinned())
    text = {"taught": sorted(a for a in sides if not sides[a]), "held_out": sorted(a for a in sides if sides[a])}
    PINNED.write_text(json.dumps(text, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
