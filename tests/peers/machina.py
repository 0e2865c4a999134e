"""django-machina: a real board, in a process and an environment of its own.

1. packages   machina.lock, with hashes, into a folder of the cache: Django is nothing that Daymark itself needs
2. board      tests/peers/machina_site.py, on SQLite
To renew the lock: `echo django-machina==1.3.1 | .venv/bin/uv pip compile --python-version 3.11 --generate-hashes
--no-emit-index-url --no-annotate --no-header - -o tests/peers/machina.lock`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.peers.environments import python_with
from tests.peers.web import ask
from tools.processes import ServerProcess, free_port, scratch_folder

LOCK = Path(__file__).with_name("machina.lock")
SITE = Path(__file__).with_name("machina_site.py")


@dataclass(frozen=True)
class Machina:
    """A running board with one forum; topics and posts are named by their numbers. Times are aware."""

    base_url: str

    @property
    def forum_url(self) -> str:
        """The address of the forum's list of topics."""
        return f"{self.base_url}/forum/forum/travellers-1/"

    def topic(self, subject: str, text: str, *, at: datetime | None = None, author: str = "ana") -> tuple[int, int]:
        """Opens a topic; returns it and its first post."""
        said = self._do("topic", subject=subject, text=text, at=at.isoformat() if at else None, author=author)
        return said["topic"], said["post"]

    def reply(
        self, topic: int, text: str, *, at: datetime | None = None, author: str = "ben", held: bool = False
    ) -> int:
        """Answers in a topic; a ``held`` answer waits for approval."""
        when = at.isoformat() if at else None
        post: int = self._do("reply", topic=topic, text=text, at=when, author=author, held=held)["post"]
        return post

    def edit(self, post: int, text: str) -> None:
        """Changes a post's words."""
        self._do("edit", post=post, text=text)

    def approve(self, post: int) -> None:
        """Shows a post that was held."""
        self._do("approve", post=post)

    def delete(self, post: int) -> None:
        """Deletes a post."""
        self._do("delete", post=post)

    def delete_topic(self, topic: int) -> None:
        """Deletes a topic with its posts; its address answers 404 from then on."""
        self._do("delete_topic", topic=topic)

    def clear(self) -> None:
        """Deletes all topics."""
        self._do("clear")

    def _do(self, command: str, **fields: object) -> dict[str, Any]:
        answer = ask(f"{self.base_url}/_control", "POST", payload={"do": command, **fields})
        if answer.status != 200:
            raise RuntimeError(f"the board could not {command}: {answer.status} {answer.text[:500]}")
        said: dict[str, Any] = answer.json()
        return said


def lives(base_url: str) -> bool:
    """Whether the board answers."""
    try:
        return ask(f"{base_url}/robots.txt", timeout_s=5).status == 200
    except OSError:
        return False


@contextmanager
def machina() -> Iterator[Machina]:
    """A running board without topics; gone at the end."""
    python = python_with("machina", LOCK)
    port = free_port()
    board = Machina(f"http://127.0.0.1:{port}")
    with scratch_folder("machina") as folder:
        process = ServerProcess(
            name="django-machina",
            # -P: a file beside it is called machina, too.
            argv=[str(python), "-P", str(SITE), str(port), str(folder)],
            log=folder / "machina.log",
            cwd=folder,
            is_ready=lambda: lives(board.base_url),
            own_account=True,  # another account may not reach the interpreter
        )
        with process:
            yield board


@pytest.fixture(scope="session")
def machina_session() -> Iterator[Machina]:
    """The session's board, in whatever state the last test left it."""
    with machina() as board:
        yield board


@pytest.fixture
def machina_board(machina_session: Machina) -> Machina:
    """The session's board without topics."""
    machina_session.clear()
    return machina_session
