"""What can go wrong with models, for cli.py to print as one line."""

from __future__ import annotations


class ModelError(Exception):
    """A model is missing, damaged, or does not fit its encoder; the message says what to do."""
