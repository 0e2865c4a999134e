"""Reading posts: language, redaction, labels, offers, near-copy signatures. No database, no network.

What needs torch is imported when it is asked for: torch takes seconds, and most commands never read a post.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from nlp.card import ModelCard, model_folder, read_card
from nlp.errors import ModelError
from nlp.rules import rules_fingerprint

if TYPE_CHECKING:
    from nlp.copies import make_copies
    from nlp.encoder import describe
    from nlp.heads import TrainedModel
    from nlp.tagger import Tagger, TextInput

_LATE = {"Tagger": "nlp.tagger", "TextInput": "nlp.tagger", "TrainedModel": "nlp.heads", "describe": "nlp.encoder",
         "make_copies": "nlp.copies"}  # fmt: skip


def __getattr__(name: str) -> object:
    if name not in _LATE:
        raise AttributeError(f"module 'nlp' has no attribute {name!r}")
    return getattr(import_module(_LATE[name]), name)


__all__ = [
    "ModelCard",
    "ModelError",
    "Tagger",
    "TextInput",
    "TrainedModel",
    "describe",
    "make_copies",
    "model_folder",
    "read_card",
    "rules_fingerprint",
]
