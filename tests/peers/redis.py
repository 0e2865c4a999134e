"""Redis: Debian's, on a loopback port, keeping nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.peers.packages import need
from tools.processes import ServerProcess, accepts, free_port


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """A running server whose log lies in `folder`; gives `HOST:PORT`. Its content is gone at the end."""
    port = free_port()
    process = ServerProcess(
        name="Redis",
        argv=[
            str(need("redis-server", "redis-server")),
            *("--bind", "127.0.0.1", "--port", str(port)),
            *("--save", "", "--appendonly", "no", "--dir", str(folder)),
        ],
        log=folder / "redis.log",
        cwd=folder,
        is_ready=lambda: accepts(port),
    )
    with process:
        yield f"127.0.0.1:{port}"
