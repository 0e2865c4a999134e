"""The name of the server behind an address: what leases, bans and delays are kept under."""

from __future__ import annotations

from urllib.parse import urlsplit

from config import Source
from ledger import SourceState

_USUAL_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


def server_of(url: str) -> str:
    """``host`` in lower case, with ``:port`` where it is not the scheme's usual one; empty where there is none."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return ""
    name = f"[{host}]" if ":" in host else host
    return name if not host or port in (None, _USUAL_PORTS.get(parts.scheme)) else f"{name}:{port}"


def address_of(source: Source, state: SourceState) -> str:
    """The address in force: the register's, or what a permanent redirect put in its place."""
    return state.url or source.url


def lease_name(source: Source, state: SourceState) -> str:
    """What a poll leases its server under. A stream has a name of its own: it stands for hours, and keeps nobody waiting."""
    server = server_of(address_of(source, state))
    return f"{server}/{source.id}" if source.is_stream else server
