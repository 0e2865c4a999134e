"""isso: a real comment server, in a process and an environment of its own, on SQLite.

To renew the lock: `echo isso==0.14.0 | .venv/bin/uv pip compile --python-version 3.11 --generate-hashes
--no-emit-index-url --no-annotate --no-header - -o tests/peers/isso.lock`.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.peers.environments import python_with
from tests.peers.web import Answer, ask
from tools.processes import ServerProcess, free_port, scratch_folder

LOCK = Path(__file__).with_name("isso.lock")

_CONFIG = """
[general]
dbpath = {folder}/comments.db
host = http://news.example/
latest-enabled = {latest}
max-age = 1d
[server]
listen = http://127.0.0.1:{port}
[guard]
enabled = false
[moderation]
enabled = false
[rss]
base = http://news.example/
"""


@dataclass
class Isso:
    """A running comment server; comments are named by their numbers."""

    base_url: str
    database: Path
    cookies: dict[int, str] = field(default_factory=dict)

    def comment(
        self,
        text: str,
        *,
        uri: str = "/harbour",
        author: str | None = "Ana",
        parent: int | None = None,
        at: datetime | None = None,
        **more: str,
    ) -> int:
        """Writes a comment as a visitor does, who may give ``email`` and ``website`` as well; ``at`` dates it back."""
        payload = {"text": text, "author": author, "parent": parent, "title": "A page", **more}
        answer = self._must(ask(f"{self.base_url}/new?{urlencode({'uri': uri})}", "POST", payload=payload), 201)
        number: int = answer.json()["id"]
        self.cookies[number] = (answer.headers["Set-Cookie"] or "").partition(";")[0]
        if at is not None:
            self._write("UPDATE comments SET created = ? WHERE id = ?", at.timestamp(), number)
        return number

    def edit(self, number: int, text: str) -> None:
        """Changes a comment's words, as its author."""
        address, headers = f"{self.base_url}/id/{number}", {"Cookie": self.cookies[number]}
        self._must(ask(address, "PUT", payload={"text": text}, headers=headers), 200)

    def delete(self, number: int) -> None:
        """Deletes a comment, as its author. One that has answers stays as an empty place."""
        address, headers = f"{self.base_url}/id/{number}", {"Cookie": self.cookies[number]}
        # A cookie holds a hash of the words it was given for.
        self._must(ask(address, "DELETE", headers={**headers, "Content-Type": "application/json"}), 200)

    def hold(self, number: int) -> None:
        """Takes a comment back until a moderator has seen it."""
        self._write("UPDATE comments SET mode = 2 WHERE id = ?", number)

    def clear(self) -> None:
        """Deletes all comments."""
        self._write("DELETE FROM comments")
        self._write("DELETE FROM threads")
        self.cookies.clear()

    def _write(self, statement: str, *values: object) -> None:
        with closing(sqlite3.connect(self.database, timeout=30, isolation_level=None)) as place:
            place.execute(statement, values)

    @staticmethod
    def _must(answer: Answer, status: int) -> Answer:
        if answer.status != status:
            raise RuntimeError(f"isso answered {answer.status}: {answer.body[:500]!r}")
        return answer


def _lives(base_url: str) -> bool:
    try:
        return ask(f"{base_url}/latest?limit=1", timeout_s=5).status in (200, 404)
    except OSError:
        return False


@contextmanager
def isso(*, latest: bool = True) -> Iterator[Isso]:
    """A running comment server without comments, its list open or closed; gone at the end."""
    python = python_with("isso", LOCK)
    port = free_port()
    with scratch_folder("isso") as folder:
        config = folder / "isso.cfg"
        config.write_text(_CONFIG.format(folder=folder, port=port, latest=str(latest).lower()), "utf-8")
        server = Isso(f"http://127.0.0.1:{port}", folder / "comments.db")
        process = ServerProcess(
            name="isso",
            argv=[str(python.with_name("isso")), "-c", str(config), "run"],
            log=folder / "isso.log",
            cwd=folder,
            is_ready=lambda: _lives(server.base_url),
            own_account=True,  # another account may not reach the interpreter
        )
        with process:
            yield server


@pytest.fixture(scope="session")
def isso_session() -> Iterator[Isso]:
    """The session's comment server, in whatever state the last test left it."""
    with isso() as server:
        yield server


@pytest.fixture
def isso_server(isso_session: Isso) -> Isso:
    """The session's comment server without comments."""
    isso_session.clear()
    return isso_session


def thread_of(server: Isso, uri: str = "/harbour") -> dict[str, Any]:
    """What the server shows below a page."""
    found: dict[str, Any] = ask(f"{server.base_url}/?{urlencode({'uri': uri})}").json()
    return found
