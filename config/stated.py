"""Whether a text says something: a purpose of `todo` is none."""

from __future__ import annotations

_NOT_YET = frozenset({"todo", "tbd", "tba", "fixme", "xxx", "n/a", "na", "none", "null", "nil"})
"""What people write into a field that a program asks for and that they mean to fill in later."""


def says_something(text: str) -> bool:
    """Whether a text is more than blanks, signs (``-``, ``?``, ``...``) or a word for "not yet"."""
    word = text.strip().lower()
    return any(char.isalnum() for char in word) and word.strip(".:!?() ") not in _NOT_YET
