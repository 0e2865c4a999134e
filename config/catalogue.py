"""The shipped register: public sources that others found worth reading. None is read before a person has accepted it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from config.sources import SourceRegister
from config.yaml_file import read_mapping, read_yaml

_FILE = Path(__file__).with_name("register.yaml")


def load_catalogue() -> SourceRegister:
    """The entries of register.yaml; all are switched off and state no purpose. Raises ConfigError for a broken file."""
    return read_yaml(_FILE, SourceRegister, f"{_FILE} is missing: the installation is not whole")


def catalogue_entry(source_id: str) -> dict[str, Any] | None:
    """One entry as it is written there, for sources.yaml; None where there is none of that id."""
    written, _ = read_mapping(_FILE)
    return next((dict(entry) for entry in written["sources"] if entry["id"] == source_id), None)
