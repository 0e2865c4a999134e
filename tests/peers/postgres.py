"""PostgreSQL: a cluster of our own in a temporary folder, on a loopback port, without a socket file."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGINT
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from tests.peers.packages import need
from tools.processes import ServerProcess, as_server, free_port, scratch_folder

USER = "daymark"
# the data lives as long as the tests: a kill loses nothing without fsync, only a power cut would
SPEED = ("fsync=off", "full_page_writes=off", "max_connections=100")


class Postgres:
    """A cluster below `folder`; data and port outlive a kill."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._data = folder / "data"
        postgres = program("postgres")
        command(
            [
                program("initdb"),
                "-D",
                self._data,
                "-U",
                USER,
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "-N",
            ]
        )
        options = (f"port={self.port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", *SPEED)
        self._server = ServerProcess(
            name="PostgreSQL",
            argv=[
                str(postgres),
                "-D",
                str(self._data),
                *(word for option in options for word in ("-c", option)),
            ],
            log=folder / "postgres.log",
            cwd=folder,
            is_ready=self._answers,
            stop_signal=SIGINT,  # "fast": does not wait for clients to leave
        )

    def start(self) -> None:
        """Start the server and wait until it takes connections. Raises ServerFailed."""
        self._server.start()

    def stop(self) -> None:
        """End the server in good order."""
        self._server.stop()

    def kill(self) -> None:
        """End the server and all its sessions at once; `start` recovers what was committed."""
        self._server.kill()

    def new_database(self) -> str:
        """Make an empty database and give its SQLAlchemy URL."""
        name = f"test_{uuid4().hex[:12]}"
        with psycopg.connect(self._conninfo("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return f"postgresql+psycopg://{USER}@127.0.0.1:{self.port}/{name}"

    def _conninfo(self, database: str) -> str:
        return f"host=127.0.0.1 port={self.port} user={USER} dbname={database} connect_timeout=5"

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._conninfo("postgres")).close()
        except psycopg.OperationalError:
            return False
        return True


def program(name: str) -> Path:
    """A program of PostgreSQL; Debian keeps them out of PATH, one folder a version."""
    return need(name, "postgresql", also="/usr/lib/postgresql/*/bin")


def command(argv: list[str | Path]) -> None:
    """Run a program under the server account. Raises RuntimeError with what it said when it fails."""
    done = subprocess.run(argv, capture_output=True, text=True, cwd="/", **as_server())
    if done.returncode != 0:
        raise RuntimeError(f"{argv[0]} failed:\n{done.stdout}{done.stderr}")


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A running cluster of our own; gone at the end, data and all."""
    with scratch_folder("postgres") as folder:
        server = Postgres(folder)
        server.start()
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """The session's cluster; a test that kills it starts it again."""
    with postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: Postgres) -> str:
    """The SQLAlchemy URL of an empty database of the test's own."""
    return postgres_server.new_database()
