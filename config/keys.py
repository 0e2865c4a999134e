"""The pseudonym key and what is made with it.

The key is made by ``init`` alone, outside the data folder, mode 0600. The ledger knows its fingerprint; a process with
another key or none stops there, because two keys would give one author two pseudonyms.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from config.errors import ConfigError

KEY_FILE = "pseudonym.key"
_BYTES = 32


class Pseudonyms:
    """Keyed hashes (HMAC-SHA-256) of authors and contacts. Holds the key; never printed."""

    def __init__(self, key: bytes, *, ephemeral: bool = False) -> None:
        self._key = key
        self._prefix = "ephemeral:" if ephemeral else ""

    def __repr__(self) -> str:
        return "Pseudonyms(…)"

    def _digest(self, domain: str, text: str) -> str:
        message = f"{domain}\x00{text}".encode("utf-8", "surrogatepass")
        return hmac.new(self._key, message, hashlib.sha256).hexdigest()

    @property
    def is_ephemeral(self) -> bool:
        """Whether this is a throw-away key, with which no ledger may be written."""
        return bool(self._prefix)

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits that name the key without revealing it."""
        return self._digest("fingerprint", "daymark")[:16]

    def author(self, platform: str, name: str) -> str:
        """Pseudonym of an author on a platform: 16 hexadecimal digits."""
        return self._digest("author", f"{platform}\x00{name}")[:16]

    def contact(self, kind: str, normalised: str) -> str:
        """Hash of a contact: 16 hexadecimal digits, with ``ephemeral:`` before them for a throw-away key."""
        return self._prefix + self._digest("contact", f"{kind}\x00{normalised}")[:16]

    def place(self, platform: str, address: str) -> str:
        """Id of a public place that posts link to: 16 hexadecimal digits."""
        return self._digest("place", f"{platform}\x00{address}")[:16]

    def tombstone(self, what: str, value: str) -> str:
        """64 hexadecimal digits that block a re-crawl of ``value`` (``what``: post or author)."""
        return self._digest(f"tombstone:{what}", value)

    def content(self, text: str) -> str:
        """Keyed hash of a wording; shows a change after the wording itself is gone."""
        return self._digest("content", text)[:32]


def make_key(key_dir: Path) -> Pseudonyms:
    """Writes a new key, whole or not at all. Raises ConfigError when there is one already: it is never overwritten."""
    path = key_dir / KEY_FILE
    fresh = key_dir / f".{KEY_FILE}.{secrets.token_hex(4)}"
    if path.exists():
        raise ConfigError(f"{path} exists already; a key is never overwritten")
    try:
        key_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(secrets.token_hex(_BYTES) + "\n")
                file.flush()
                os.fsync(file.fileno())
            # A link never replaces a file, and the name stands for a whole key from its first moment on.
            os.link(fresh, path)
        finally:
            fresh.unlink(missing_ok=True)
    except OSError as exc:
        raise ConfigError(f"the pseudonym key {path} cannot be written: {exc.strerror}") from exc
    return load_key(key_dir)


def load_key(key_dir: Path) -> Pseudonyms:
    """Reads the key. Raises ConfigError when it is missing, damaged, or readable by others."""
    path = key_dir / KEY_FILE
    try:
        mode = path.stat().st_mode
        text = path.read_text("ascii").strip()
    except FileNotFoundError as exc:
        raise ConfigError(
            f"no pseudonym key at {path}: run `daymark init`, or set DAYMARK_KEY_DIR to where it lies"
        ) from exc
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(f"the pseudonym key {path} cannot be read: {exc}") from exc
    if mode & 0o077:
        raise ConfigError(f"the pseudonym key {path} is readable by others: run `chmod 600 {path}`")
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != _BYTES:
        raise ConfigError(
            f"the pseudonym key {path} is damaged: restore it from your backup; a new key breaks all series"
        )
    return Pseudonyms(key)


def ephemeral_key() -> Pseudonyms:
    """A throw-away key for ``classify`` without an installation: its hashes link within one run only."""
    return Pseudonyms(secrets.token_bytes(_BYTES), ephemeral=True)
