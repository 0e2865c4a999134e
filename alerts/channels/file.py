"""Digests as files: one .html and one .txt a window in a folder, each whole or not there.

A second delivery of the same window writes the same names, so this channel cannot deliver twice, and what was delivered
can be written anew (alerts.recall).
"""

from __future__ import annotations

import os
import stat
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from alerts.channels.base import Delivery, Letter, Outcome
from alerts.render import Rendered

_MODE = 0o640
"""Redacted, yet not for everyone on the machine: group access serves a shared folder."""


class FileChannel:
    """Writes into folders; relative ones lie in ``base``."""

    def __init__(self, base: Path) -> None:
        self._base = base

    def deliver(self, letter: Letter, now: datetime) -> Delivery:  # noqa: ARG002 - the file's name is the window's
        """Writes both files; a full disk or a missing right is a reason to try again."""
        try:
            files = DigestFiles.of(self._base, letter.recipient, letter.subscription, letter.end)
            files.page.parent.mkdir(parents=True, exist_ok=True)
            files.write(letter.content)
        except OSError as exc:
            return Delivery(Outcome.RETRY, f"{letter.recipient}: {exc.strerror or type(exc).__name__}")
        except RuntimeError as exc:
            # `~name` of a user whom this machine does not know.
            return Delivery(Outcome.RETRY, f"{letter.recipient}: {exc}")
        return Delivery(Outcome.SENT, str(files.page), within_reach=True)


@dataclass(frozen=True)
class DigestFiles:
    """The two files of one window in one folder."""

    page: Path
    text: Path

    @staticmethod
    def of(base: Path, folder: str, subscription: str, end: datetime) -> DigestFiles:
        """Where a delivery lies. Raises RuntimeError for the home of a user whom this machine does not know."""
        place = base / Path(folder).expanduser()
        name = f"{subscription}-{end.astimezone(UTC):%Y-%m-%dT%H%M%SZ}"
        return DigestFiles(place / f"{name}.html", place / f"{name}.txt")

    def there(self) -> list[Path]:
        """Those that exist; people may have taken either away. Raises OSError where nobody lets us look."""
        return [path for path in (self.text, self.page) if _is_there(path)]

    def begun(self) -> list[Path]:
        """What a process that died while it was writing has left beside them. Raises OSError."""
        marks = tuple(_begun(path) for path in (self.text, self.page))
        try:
            return [path for path in self.page.parent.iterdir() if path.name.startswith(marks)]
        except (FileNotFoundError, NotADirectoryError):
            return []

    def write(self, content: Rendered) -> None:
        """Writes both. Raises OSError."""
        for path in self.begun():
            path.unlink(missing_ok=True)
        _write_whole(self.text, content.text)
        _write_whole(self.page, content.html)

    def write_anew(self, content: Rendered) -> None:
        """Writes those that exist. Raises OSError."""
        for path in self.begun():
            path.unlink(missing_ok=True)
        for path in self.there():
            _write_whole(path, content.text if path == self.text else content.html)

    def delete(self) -> None:
        """Takes both away, and what was begun of them. Raises OSError."""
        for path in (*self.there(), *self.begun()):
            path.unlink(missing_ok=True)


def _is_there(path: Path) -> bool:
    # Path.is_file says of a closed folder what the Python version says: an error, or that nothing is there.
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False


def _begun(path: Path) -> str:
    return f".{path.name}."


def _write_whole(path: Path, content: str) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=_begun(path))
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
