"""Mastodon: mastodon_mock, a server that keeps statuses and speaks the REST API, in a process of its own."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.peers.web import ask
from tools.processes import ServerProcess, free_port, scratch_folder

TOKEN = "mock_token"  # the one account that the mock starts with


@dataclass(frozen=True)
class Mastodon:
    """A running server; statuses are the dicts of the Mastodon API."""

    base_url: str
    token: str = TOKEN

    def post(self, text: str, **fields: object) -> dict[str, Any]:
        """Publish a status, with further fields of the API such as `language` or `in_reply_to_id`."""
        return self._call("POST", "/api/v1/statuses", {"status": text, **fields})

    def edit(self, status_id: str, text: str, **fields: object) -> dict[str, Any]:
        """Change the text of a status."""
        return self._call("PUT", f"/api/v1/statuses/{status_id}", {"status": text, **fields})

    def delete(self, status_id: str) -> None:
        """Delete a status; reading it answers 404 from then on."""
        self._call("DELETE", f"/api/v1/statuses/{status_id}")

    def fail(self, path: str, effect: dict[str, object], times: int | None = None) -> None:
        """Have requests for `path` (may hold `*`) fail, for good or `times` times.

        `effect` has a `type`: status, ratelimit, latency, malformed or timeout, and may have `status`,
        `body`, `headers` and `delay_ms`.
        """
        self._call("POST", "/api/v1/_mock/faults", {"match": {"path": path}, "effect": effect, "count": times})

    def mend(self) -> None:
        """Take back all faults."""
        self._call("DELETE", "/api/v1/_mock/faults")

    def reset(self) -> None:
        """Back to the state of the start: one account, no status, no fault."""
        self._call("POST", "/api/v1/_mock/reset")
        self.mend()

    def _call(self, method: str, path: str, payload: object = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = ask(self.base_url + path, method, payload=payload, headers=headers)
        if answer.status != 200:
            raise RuntimeError(f"{method} {path} answered {answer.status}: {answer.text[:500]}")
        said: dict[str, Any] = answer.json()
        return said


def lives(base_url: str) -> bool:
    """Whether the server says it is well."""
    try:
        return ask(base_url + "/health", timeout_s=5).status == 200
    except OSError:
        return False


@contextmanager
def mastodon(config: str = "") -> Iterator[Mastodon]:
    """A running server with nothing posted; `config` is the text of a mastodon_mock TOML file."""
    port = free_port()
    server = Mastodon(f"http://127.0.0.1:{port}")
    with scratch_folder("mastodon") as folder:
        settings: Path = folder / "mock.toml"
        settings.write_text(config)
        arguments = ("--config", str(settings), "--in-memory", "--host", "127.0.0.1", "--port", str(port))
        process = ServerProcess(
            name="mastodon_mock",
            argv=[sys.executable, "-m", "mastodon_mock", "serve", *arguments, "--log-level", "warning"],
            log=folder / "mastodon.log",
            cwd=folder,
            is_ready=lambda: lives(server.base_url),
            own_account=True,  # another account may not reach the interpreter
        )
        with process:
            yield server


@pytest.fixture(scope="session")
def mastodon_session() -> Iterator[Mastodon]:
    """The session's server, in whatever state the last test left it."""
    with mastodon() as server:
        yield server


@pytest.fixture
def mastodon_server(mastodon_session: Mastodon) -> Mastodon:
    """The session's server with nothing posted and no faults."""
    mastodon_session.reset()
    return mastodon_session
