"""A genuine Elasticsearch node on this machine, for tests and development.

    python -m tools.elasticsearch_node fetch                       put the node together, print its folder
    python -m tools.elasticsearch_node start --data DIR            run it until Ctrl-C, print its address

It listens on 127.0.0.1 alone, runs as an unprivileged user when started by root, and keeps configuration,
data and logs below one folder. Where DAYMARK_TEST_ELASTICSEARCH holds the address of a running server,
nothing is started.
"""

import argparse
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from tools.elasticsearch_assembly import AssemblyFailed, assembled
from tools.elasticsearch_probe import ask
from tools.jdk import NoJdk, need_jdk
from tools.packages import PackageMissing
from tools.processes import ServerFailed, ServerProcess, as_server, free_port, hand_over, reachable

OLDEST_JAVA = 21
START_LIMIT_S = 180.0  # 12 s measured on 2 idle cores; a shared machine may take many times that
UNWANTED_OPTION = re.compile(r"-Xlog:gc|HeapDumpOnOutOfMemoryError")
RUNNING_SERVER = "DAYMARK_TEST_ELASTICSEARCH"


def running_server() -> str | None:
    """The address of a server that is used instead of one of our own; None where we start one."""
    return os.environ.get(RUNNING_SERVER, "").rstrip("/") or None


class Node:
    """One node below `data_dir`, started and killed at will; port and data stay the same.

    `data_dir` must be reachable by the unprivileged user when we are root. `address` carries user and
    password where security is on. `heap` is Java's notation, `512m`.
    """

    def __init__(self, data_dir: Path, port: int = 0, heap: str = "512m", security: bool = False) -> None:
        self.folder = data_dir
        self.port = port or free_port()
        self.heap = heap
        self.password = secrets.token_hex(16) if security else None
        self._server: ServerProcess | None = None

    @property
    def address(self) -> str:
        """The URL of the node, without a slash at the end."""
        login = f"elastic:{quote(self.password)}@" if self.password else ""
        return f"http://{login}127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the node and wait until it answers. Raises ServerFailed, AssemblyFailed, PackageMissing or NoJdk."""
        if self._server is None:
            self._server = self._prepare()
        self._server.start()

    def stop(self) -> None:
        """End the node in good order."""
        if self._server is not None:
            self._server.stop()

    def kill(self) -> None:
        """End the node as a power cut would; `start` brings it back with what it had acknowledged."""
        if self._server is not None:
            self._server.kill()

    def _prepare(self) -> ServerProcess:
        java, home = need_jdk(OLDEST_JAVA), assembled()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder = self.folder.resolve()
        if not reachable(self.folder):
            raise ServerFailed(f"{self.folder} is closed to the user that runs Elasticsearch; choose one under /tmp")
        home = self._readable(home)
        config = self.folder / "config"
        if not config.is_dir():
            shutil.copytree(home / "config", config, copy_function=shutil.copyfile)
        own = [config, *(self.folder / name for name in ("data", "logs", "tmp"))]
        for folder in own:
            folder.mkdir(exist_ok=True)
        (config / "elasticsearch.yml").write_text(self._settings())
        (config / "jvm.options").write_text(jvm_options((home / "config" / "jvm.options").read_text()))
        hand_over(*own)
        env = self._environment(java, config)
        if self.password:
            self._set_password(home, env)
        return ServerProcess(
            name="Elasticsearch",
            argv=[str(home / "bin" / "elasticsearch")],
            log=self.folder / "logs" / "console.log",
            env=env,
            cwd=self.folder,
            is_ready=self._answers,
            limit_s=START_LIMIT_S,
        )

    def _readable(self, home: Path) -> Path:
        """The assembled node where the server's user can read it: links, where root's cache is closed."""
        if reachable(home):
            return home
        copy = self.folder / "node"
        if not copy.is_dir():
            shutil.copytree(home, copy, copy_function=link_or_copy)
        return copy

    def _settings(self) -> str:
        settings: dict[str, object] = {
            "cluster.name": "daymark-test",
            "node.name": "one",
            "discovery.type": "single-node",
            "network.host": "127.0.0.1",
            "http.port": self.port,
            "transport.port": free_port(),
            "path.data": str(self.folder / "data"),
            "path.logs": str(self.folder / "logs"),
            "xpack.security.enabled": self.password is not None,
            # a development machine's disk is often nearly full, which would turn indices read-only
            "cluster.routing.allocation.disk.threshold_enabled": False,
        }
        return "".join(f"{name}: {json.dumps(value)}\n" for name, value in settings.items())

    def _environment(self, java: Path, config: Path) -> dict[str, str]:
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "ES_JAVA_HOME": str(java),
            "ES_JAVA_OPTS": f"-Xms{self.heap} -Xmx{self.heap}",
            "ES_PATH_CONF": str(config),
            "ES_TMPDIR": str(self.folder / "tmp"),
        }

    def _set_password(self, home: Path, env: dict[str, str]) -> None:
        tool = str(home / "bin" / "elasticsearch-keystore")
        for arguments, typed in (
            (["create"], "y\n"),
            (["add", "-f", "-x", "bootstrap.password"], self.password or ""),
        ):
            subprocess.run(
                [tool, *arguments],
                input=typed.encode(),
                env=env,
                check=True,
                capture_output=True,
                **as_server(),
            )

    def _answers(self) -> bool:
        try:
            health = ask(self.address, "/_cluster/health?wait_for_status=yellow&timeout=1s")
        except (OSError, ValueError):
            return False
        return health["status"] in ("yellow", "green")


def jvm_options(shipped: str) -> str:
    """The shipped options without the log of every garbage collection and without heap dumps."""
    return "".join(line for line in shipped.splitlines(keepends=True) if not UNWANTED_OPTION.search(line))


def link_or_copy(source: str, target: str) -> str:
    """Give a file a second name, or copy it where the two folders lie on different disks."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
    return target


@contextmanager
def running_node(data_dir: Path, port: int = 0, heap: str = "512m", security: bool = False) -> Iterator[str]:
    """Run a node below `data_dir` and give its address; a server named in the environment is used instead."""
    there = running_server()
    if there is not None:
        yield there
        return
    node = Node(data_dir, port, heap, security)
    node.start()
    try:
        yield node.address
    finally:
        node.stop()


def command_fetch(_: argparse.Namespace) -> None:
    """Put the node together where it is not yet, once it is sure that it can run."""
    there = running_server()
    if there is not None:
        print(f"{RUNNING_SERVER} names {there}: nothing is fetched")
        return
    need_jdk(OLDEST_JAVA)
    print(assembled())


def command_start(given: argparse.Namespace) -> None:
    """Run a node until we are asked to end."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with running_node(given.data, given.port, given.heap, given.security) as address:
        print(address, flush=True)
        signal.pause()


def main() -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.elasticsearch_node", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    fetch = commands.add_parser("fetch", help="put the node together and print its folder")
    fetch.set_defaults(run=command_fetch)
    start = commands.add_parser("start", help="run a node until Ctrl-C")
    start.add_argument("--data", type=Path, required=True, help="folder for configuration, data and logs")
    start.add_argument("--port", type=int, default=9200)
    start.add_argument("--heap", default="512m")
    start.add_argument("--security", action="store_true", help="with a user `elastic` and a password")
    start.set_defaults(run=command_start)
    given = parser.parse_args()
    run: Callable[[argparse.Namespace], None] = given.run
    try:
        run(given)
    except KeyboardInterrupt:
        return 0
    except (AssemblyFailed, NoJdk, PackageMissing, ServerFailed) as exc:
        print(exc, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
