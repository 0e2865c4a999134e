"""A digest as mail: HTML for a telephone or a desk, and the same as plain text.

The page loads nothing and links to nothing but outlets' own articles; all that comes from posts is escaped, stands in a
direction of its own (`dir=auto`, isolates in plain text), and has been through alerts.texts.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from alerts import wording
from alerts.digest import Digest
from alerts.texts import PostText
from records import make_reference

WIDTH = 76
"""Columns of plain text: what mail programs quote without breaking lines."""
_TEMPLATES = Path(__file__).parent / "templates"
_FIRST_STRONG, _POP = "\u2068", "\u2069"


@dataclass(frozen=True)
class Rendered:
    """A digest ready to go. ``withdrawn``: leads left out because their post is gone or changed since.

    ``worded``: posts of which words are shown.
    """

    subject: str
    html: str
    text: str
    withdrawn: int = 0
    worded: tuple[str, ...] = ()


def render(digest: Digest, texts: Mapping[str, PostText]) -> Rendered:
    """The digest with the texts that may be shown now; leads without one are left out and counted."""
    withdrawn = sum(lead.post_id not in texts for lead in digest.leads)
    routes = []
    for group in digest.routes:
        leads = [(lead, texts[lead.post_id]) for lead in group.leads if lead.post_id in texts]
        if leads:
            routes.append((wording.route(group), leads))
    values = {"digest": digest, "routes": routes, "withdrawn": withdrawn, "subject": wording.subject(digest)}
    return Rendered(
        subject=wording.subject(digest),
        html=_environment(html=True).get_template("digest.html").render(values),
        text=_environment(html=False).get_template("digest.txt").render(values),
        withdrawn=withdrawn,
        worded=tuple(lead.post_id for lead in digest.leads if lead.post_id in texts and texts[lead.post_id].has_words),
    )


@lru_cache(maxsize=2)
def _environment(*, html: bool) -> Environment:
    # Escaping follows the argument, not the file's name: a renamed template must not lose it.
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=html,  # noqa: S701 - off for plain text only, where &amp; would be wrong
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.globals |= {"say": wording, "reference": make_reference}
    made.filters |= {"fill": fill, "isolate": isolate}
    return made


def fill(text: str, indent: int = 0) -> str:
    """The text broken to WIDTH columns, very long words too."""
    margin = " " * indent
    return textwrap.fill(text, WIDTH, initial_indent=margin, subsequent_indent=margin, break_on_hyphens=False)


def isolate(text: str) -> str:
    """Each line in a direction of its own, so that Arabic text leaves the lines around it as they are."""
    lines = (line[len(line) - len(line.lstrip()) :] for line in text.splitlines())
    margins = (line[: len(line) - len(line.lstrip())] for line in text.splitlines())
    return "\n".join(f"{margin}{_FIRST_STRONG}{line}{_POP}" for margin, line in zip(margins, lines, strict=True))
