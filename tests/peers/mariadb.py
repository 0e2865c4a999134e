"""MariaDB: a data folder of our own on a loopback port; only WordPress needs it."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from tests.peers.packages import need
from tools.processes import ServerProcess, accepts, as_server, free_port, hand_over, server_account

# the programs alone: no service, no system account; the second one has a small tool that setting up needs
PACKAGES = ("mariadb-server-core", "mariadb-client-core")
SMALL = (
    "--innodb-buffer-pool-size=32M",
    "--innodb-log-file-size=8M",
    "--performance-schema=OFF",
    "--skip-log-bin",
)


@dataclass(frozen=True)
class Database:
    """How to reach the one database of the server."""

    port: int
    name: str
    user: str
    password: str


@contextmanager
def mariadb(folder: Path) -> Iterator[Database]:
    """A running server below `folder` with one empty database; root gets in by the socket file alone."""
    database = Database(free_port(), "site", "site", token_hex(16))
    data, first = folder / "data", folder / "first.sql"
    make_data_folder(data)
    first.write_text(
        f"CREATE DATABASE IF NOT EXISTS {database.name} CHARACTER SET utf8mb4;\n"
        f"CREATE USER IF NOT EXISTS {database.user}@'127.0.0.1' IDENTIFIED BY '{database.password}';\n"
        f"GRANT ALL ON {database.name}.* TO {database.user}@'127.0.0.1';\n"
    )
    hand_over(folder)
    where = (
        f"--datadir={data}",
        f"--socket={folder}/socket",
        f"--pid-file={folder}/pid",
        f"--init-file={first}",
    )
    listen = ("--bind-address=127.0.0.1", f"--port={database.port}", "--skip-name-resolve")
    unsafe = ("--innodb-flush-log-at-trx-commit=0", "--skip-innodb-doublewrite")
    process = ServerProcess(
        name="MariaDB",
        argv=[str(need("mariadbd", *PACKAGES)), "--no-defaults", *where, *listen, *SMALL, *unsafe],
        log=folder / "mariadb.log",
        cwd=folder,
        is_ready=lambda: accepts(database.port),
    )
    with process:
        yield database


def make_data_folder(data: Path) -> None:
    """Write the system tables into the new folder `data`."""
    data.mkdir()
    hand_over(data)
    account = server_account()
    options = ["--no-defaults", f"--datadir={data}", "--skip-test-db", "--skip-name-resolve", *SMALL]
    if account is not None:
        options.append(f"--auth-root-socket-user={account.name}")
    need("my_print_defaults", *PACKAGES)
    command = [str(need("mariadb-install-db", *PACKAGES)), *options]
    done = subprocess.run(command, capture_output=True, text=True, cwd=data, **as_server())
    if done.returncode != 0:
        raise RuntimeError(f"mariadb-install-db failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
