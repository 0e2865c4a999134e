"""The fingerprint of the rules that read posts beside the model: contacts, language, offers, near-copies.

They change without a new model, and a post that was read before keeps in its index document what the old ones missed; so
each reading tells by which rules it was made, and `tag --retag` finds those of others.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator
from pathlib import Path

import config

_ROOM = Path(__file__).parent
_CODE = ("redaction/*.py", "offers/*.py", "language.py", "normalise.py", "signatures.py", "tagger.py")
_LISTS = ("contacts.yaml", "places/*.yaml")


@functools.cache
def rules_fingerprint() -> str:
    """12 hexadecimal digits of the SHA-256 over names and bytes of the rules' code and lists.

    A change of a comment changes it, too: a needless reading costs time, a missed one a person.
    """
    digest = hashlib.sha256()
    for path in _files():
        digest.update(f"{path.name} {path.stat().st_size}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _files() -> Iterator[Path]:
    for folder, patterns in ((_ROOM, _CODE), (Path(config.__file__).parent, _LISTS)):
        for pattern in patterns:
            yield from sorted(folder.glob(pattern))
