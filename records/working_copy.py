"""The working copy: a text in which contact data is replaced by typed tokens (architecture, rule 5).

Only the working copy reaches classifier, index, digests, exports and logs. The token carries the keyed hash, so the same
contact can be followed and nobody can call it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from records.tags import Redaction, TextField

TOKEN = re.compile(r"\[(phone|email|handle)(?: ([A-Z]{2}))? ((?:ephemeral:)?[0-9a-f]{16})\]")
"""Finds tokens in a working copy: type, region, hash."""


def make_token(redaction: Redaction) -> str:
    """``[phone TR 3f9ac2d41b0e77aa]``; the region is left out where it is unknown."""
    region = f" {redaction.region}" if redaction.region else ""
    return f"[{redaction.type}{region} {redaction.hash}]"


def working_copy(text: str, redactions: Iterable[Redaction], field: TextField = TextField.TEXT) -> str:
    """The text with every redaction of ``field`` replaced by its token.

    Raises ValueError when spans overlap or leave the text: then they belong to another revision, and a half-redacted
    text must not get out.
    """
    spans = sorted((r for r in redactions if r.field == field), key=lambda r: r.start)
    pieces: list[str] = []
    position = 0
    for span in spans:
        if span.start < position or span.end > len(text) or span.end <= span.start:
            raise ValueError(f"redaction {span.start}-{span.end} does not fit its text")
        pieces += [text[position : span.start], make_token(span)]
        position = span.end
    pieces.append(text[position:])
    return "".join(pieces)
