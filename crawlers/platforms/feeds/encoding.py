"""The declared encoding of an XML feed, put right where the bytes prove it wrong."""

from __future__ import annotations

import re

from charset_normalizer import from_bytes

_DECLARED = re.compile(rb"""(<\?xml[^>]{0,200}?encoding\s*=\s*["'])([A-Za-z0-9._-]+)(["'])""")
_TELLING = ["cp1251", "cp1253", "cp1255", "cp1256", "koi8_r"]
_8BIT = re.compile(r"(?:iso-?8859-?\d+|latin-?\d|windows-?125\d|cp125\d|us-ascii|ascii)", re.IGNORECASE)


def right_encoding(body: bytes, problems: list[str]) -> bytes:
    """The body with its encoding put right; ``problems`` gets ``wrong_encoding`` where that was needed."""
    if body.isascii() or body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body
    declared = _DECLARED.search(body[:400])
    name = declared[2].decode("ascii").lower() if declared else "utf-8"
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        guess = _guess_encoding(body) if name in ("utf-8", "utf8") else None
        if guess is None:
            return body
        problems.append("wrong_encoding")
        return _DECLARED.sub(rb"\1utf-8\3", body.decode(guess, "replace").encode(), count=1)
    if not _8BIT.fullmatch(name):
        return body
    # Text in an 8-bit encoding is practically never valid UTF-8 by chance.
    problems.append("wrong_encoding")
    return _DECLARED.sub(rb"\1utf-8\3", body, count=1)


def _guess_encoding(body: bytes) -> str | None:
    """The encoding of a body that is not UTF-8, where its letters tell; the Latin ones look too much alike."""
    found = from_bytes(body[:200_000], cp_isolation=[*_TELLING, "cp1250", "cp1252", "cp1254"]).best()
    return found.encoding if found is not None and found.encoding in _TELLING else None
