"""Digests as files: one .html and one .txt a window in a folder, each whole or not there.

A second delivery of the same window writes the same names, so this channel cannot deliver twice.
"""

from __future__ import annotations

import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from alerts.channels.base import Delivery, Letter, Outcome

_MODE = 0o640
"""Redacted, yet not for everyone on the machine: group access serves a shared folder."""


class FileChannel:
    """Writes into folders; relative ones lie in ``base``."""

    def __init__(self, base: Path) -> None:
        self._base = base

    def deliver(self, letter: Letter, now: datetime) -> Delivery:  # noqa: ARG002 - the file's name is the window's
        """Writes both files; a full disk or a missing right is a reason to try again."""
        folder = self._base / Path(letter.recipient).expanduser()
        name = f"{letter.subscription}-{letter.end.astimezone(UTC):%Y-%m-%dT%H%M%SZ}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for ending, content in ((".txt", letter.content.text), (".html", letter.content.html)):
                _write_whole(folder / (name + ending), content)
        except OSError as exc:
            return Delivery(Outcome.RETRY, f"{folder}: {exc.strerror or type(exc).__name__}")
        return Delivery(Outcome.SENT, str(folder / f"{name}.html"))


def _write_whole(path: Path, content: str) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, _MODE)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
