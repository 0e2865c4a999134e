"""The small exception tree of configuration; cli.py prints these as one line and exits with 1."""

from __future__ import annotations


class ConfigError(Exception):
    """A setting, project file, source register or key is missing or wrong; the message says what to do."""
