"""Names of indices, alias and template: built and parsed here only.

One index a month, `daymark-posts-v1-2026.11`: a post's place follows from its record, so writing and erasing need no search.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from indexer.backend import Note

SCHEMA_VERSION = 1
"""Raised when the mapping changes; an index of another schema is refused until `daymark reindex` rebuilds it."""

_MONTH = re.compile(r"\d{4}\.\d{2}")
_VERSION = re.compile(r"v(\d+)(?:-\d{4}\.\d{2})?")


@dataclass(frozen=True)
class Names:
    """The names below one prefix; tests take a prefix of their own."""

    prefix: str = "daymark-posts"

    @property
    def alias(self) -> str:
        """What everything is read through."""
        return self.prefix

    @property
    def template(self) -> str:
        """The index template."""
        return f"{self.prefix}-v{SCHEMA_VERSION}"

    @property
    def pattern(self) -> str:
        """The indices of this schema."""
        return f"{self.template}-*"

    @property
    def all_versions(self) -> str:
        """The indices and templates of every schema."""
        return f"{self.prefix}-v*"

    def version(self, name: str) -> int | None:
        """The schema version of an index or template of any schema; None for other names."""
        found = _VERSION.fullmatch(name.removeprefix(f"{self.prefix}-")) if name.startswith(f"{self.prefix}-") else None
        return int(found[1]) if found else None

    def note(self, note: Note) -> str:
        """The component template that keeps a note."""
        return f"{self.prefix}-note-{note.value.replace('_', '-')}"

    def index(self, month: str) -> str:
        """The index of a month given as YYYY.MM. Raises ValueError for anything else."""
        if _MONTH.fullmatch(month) is None:
            raise ValueError(f"not a month: {month[:20]!r}")
        return f"{self.template}-{month}"

    def month(self, index: str) -> str:
        """The month of an index of this schema. Raises ValueError for other names."""
        month = index.removeprefix(f"{self.template}-")
        if self.index(month) != index:
            raise ValueError(f"not an index of {self.template}: {index[:80]!r}")
        return month
