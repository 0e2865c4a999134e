"""Starts, watches and ends one server of our own.

Guarantees: a server started by root runs as an unprivileged user; only the process that was started here, and
what it started itself, is ever signalled; a server does not outlive the process whose main thread started
it (where `setpriv` exists).
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import psutil

POLL_S = 0.05
STOP_S = 10.0
TAIL_LINES = 40


class ServerFailed(RuntimeError):
    """A server did not start; the message ends with the tail of its log."""


@dataclass(frozen=True)
class Account:
    """An operating system account; servers run under it."""

    name: str
    uid: int
    gid: int


def server_account() -> Account | None:
    """The account servers run under: `nobody` when we are root, None (our own) otherwise."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam("nobody")
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def as_server() -> dict[str, Any]:
    """The arguments of `subprocess` that make a command run under the server account."""
    account = server_account()
    return {} if account is None else {"user": account.uid, "group": account.gid, "extra_groups": []}


def hand_over(*folders: Path) -> None:
    """Make folders, and all that is in them, the server account's own."""
    account = server_account()
    if account is None:
        return
    for folder in folders:
        os.chown(folder, account.uid, account.gid)
        for path in folder.rglob("*"):
            os.chown(path, account.uid, account.gid, follow_symlinks=False)


def reachable(folder: Path) -> bool:
    """Whether the server account can walk to the folder and list it; asked by trying."""
    if server_account() is None:
        return True
    return subprocess.run(["test", "-r", folder, "-a", "-x", folder], cwd="/", **as_server()).returncode == 0


@contextmanager
def scratch_folder(prefix: str) -> Iterator[Path]:
    """A temporary folder that the server account owns and can walk to; removed at the end.

    pytest's own tmp_path does not serve: its parents are closed to everyone but the user who runs the tests.
    """
    usual = Path(tempfile.gettempdir())
    base = usual if reachable(usual) else Path("/tmp")  # noqa: S108  (mkdtemp is safe in a shared folder)
    folder = Path(tempfile.mkdtemp(prefix=f"daymark-{prefix}-", dir=base))
    hand_over(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    """A TCP port of the loopback interface that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def accepts(port: int) -> bool:
    """Whether something on the loopback interface accepts connections on `port`."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1.0).close()
    except OSError:
        return False
    return True


def ends_with_us() -> list[str]:
    """The prefix of a command line that has the kernel end the command when we die, however we die.

    The kernel watches the thread that started the command, so it is left out in any thread but the main one.
    """
    setpriv = shutil.which("setpriv")
    if setpriv is None or threading.current_thread() is not threading.main_thread():
        return []
    return [setpriv, "--pdeathsig", "TERM", "--"]


def lives(process: psutil.Process) -> bool:
    """Whether any of the process still runs; one that only waits for its parent to take notice does not.

    The first thread of a killed JVM is a zombie up to 2 s before the others let go of ports and locks.
    """
    try:
        return process.is_running() and (process.status() != psutil.STATUS_ZOMBIE or process.num_threads() > 1)
    except psutil.NoSuchProcess:
        return False


@dataclass
class ServerProcess:
    """One server: `argv` under the server account (or our own), output into `log`, ready when `is_ready()`.

    `limit_s` is the time in seconds it may take to become ready; `stop_signal` asks it to end in good order.
    """

    name: str
    argv: Sequence[str]
    log: Path
    is_ready: Callable[[], bool]
    env: Mapping[str, str] | None = None
    cwd: Path | None = None
    limit_s: float = 60.0
    stop_signal: signal.Signals = signal.SIGTERM
    own_account: bool = False
    process: "subprocess.Popen[bytes] | None" = field(default=None, init=False)

    @property
    def running(self) -> bool:
        """Whether the process was started and has not ended."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start it and wait until it is ready. Raises ServerFailed when it ends first or takes too long."""
        if self.running:
            return
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [*ends_with_us(), *self.argv],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(self.env) if self.env is not None else None,
                cwd=self.cwd,
                start_new_session=True,
                **({} if self.own_account else as_server()),
            )
        try:
            self._wait()
        except BaseException:
            self.kill()
            raise

    def __enter__(self) -> Self:
        """Starts it."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Ends it in good order."""
        self.stop()

    def stop(self) -> None:
        """End it in good order; after 10 s by force. What it started and left behind ends by force."""
        if self.process is None or not self.running:
            return
        family = self._family()
        self.process.send_signal(self.stop_signal)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(STOP_S)
        self._end(family)

    def kill(self) -> None:
        """End it and what it started at once, as a power cut would; returns when all of it is gone."""
        if self.running:
            self._end(self._family())

    def log_tail(self) -> str:
        """The last lines of what it wrote."""
        lines = self.log.read_text(errors="replace").splitlines()
        return "\n".join(lines[-TAIL_LINES:])

    def _family(self) -> list[psutil.Process]:
        """The process and what it started, itself first."""
        if self.process is None:
            return []
        server = psutil.Process(self.process.pid)
        return [server, *server.children(recursive=True)]

    def _end(self, family: list[psutil.Process]) -> None:
        for member in filter(lives, family):
            with suppress(psutil.NoSuchProcess):
                member.kill()
        if self.process is not None:
            self.process.wait(STOP_S)
        until = time.monotonic() + STOP_S
        while any(map(lives, family)) and time.monotonic() < until:
            time.sleep(POLL_S)

    def _wait(self) -> None:
        until = time.monotonic() + self.limit_s
        while time.monotonic() < until:
            if self.process is not None and self.process.poll() is not None:
                raise ServerFailed(f"{self.name} ended with {self.process.returncode}:\n{self.log_tail()}")
            if self.is_ready():
                return
            time.sleep(POLL_S)
        raise ServerFailed(f"{self.name} was not ready after {self.limit_s:.0f} s:\n{self.log_tail()}")
