"""Values inside a row: a path joins names and list positions by dots, `message.0.text`."""

from __future__ import annotations

MISSING = object()
"""What a path leads to that leads nowhere; None and empty text are values."""


def value_at(values: dict[str, object], path: str) -> object:
    """The value at a path, or MISSING. A column may have dots in its own name, which goes before."""
    return values[path] if path in values else follow(values, path.split("."))


def follow(value: object, steps: list[str]) -> object:
    """The value that the steps lead to, or MISSING."""
    for step in steps:
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdecimal() and step.isascii() and int(step) < len(value):
            value = value[int(step)]
        else:
            return MISSING
    return value
