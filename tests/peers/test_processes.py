"""What tools.processes promises about the servers it starts, shown on small programs."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tools.processes import (
    POLL_S,
    ServerFailed,
    ServerProcess,
    ends_with_us,
    free_port,
    lives,
    scratch_folder,
)

PARENT = """
import subprocess, sys, time
child = subprocess.Popen(["sleep", "600"])
print(child.pid, flush=True)
time.sleep(600)
"""
STARTER = """
import sys, time
from pathlib import Path
from tools.processes import ServerProcess
log = Path(sys.argv[1])
log.touch()
server = ServerProcess("sleeper", ["sh", "-c", "echo up; exec sleep 600"], log, lambda: bool(log.read_text()))
server.start()
print(server.process.pid, flush=True)
time.sleep(600)
"""


def gone(process: psutil.Process, limit_s: float = 10.0) -> bool:
    until = time.monotonic() + limit_s
    while lives(process) and time.monotonic() < until:
        time.sleep(POLL_S)
    return not lives(process)


def family(tmp_path: Path) -> tuple[ServerProcess, psutil.Process, psutil.Process]:
    """A server that started a child, with both processes."""
    log = tmp_path / "log"
    log.touch()
    argv = [sys.executable, "-c", PARENT]
    server = ServerProcess("parent", argv, log, lambda: bool(log.read_text().strip()), own_account=True)
    server.start()
    assert server.process is not None
    return server, psutil.Process(server.process.pid), psutil.Process(int(log.read_text()))


def test_a_server_that_ends_shows_the_tail_of_its_log(tmp_path: Path) -> None:
    argv = ["sh", "-c", "echo no room on the disk; exit 3"]
    server = ServerProcess("doomed", argv, tmp_path / "log", is_ready=lambda: False)
    with pytest.raises(ServerFailed, match=r"doomed ended with 3:\nno room on the disk"):
        server.start()


def test_a_server_that_is_never_ready_is_ended(tmp_path: Path) -> None:
    server = ServerProcess("late", ["sleep", "600"], tmp_path / "log", is_ready=lambda: False, limit_s=0.2)
    with pytest.raises(ServerFailed, match="late was not ready after 0 s"):
        server.start()
    assert not server.running


def test_kill_ends_what_the_server_started_too(tmp_path: Path) -> None:
    server, parent, child = family(tmp_path)
    server.kill()
    assert not lives(parent)
    assert not lives(child)


def test_stop_asks_first_and_leaves_nothing_behind(tmp_path: Path) -> None:
    server, parent, child = family(tmp_path)
    server.stop()
    assert server.process is not None
    assert server.process.returncode == -signal.SIGTERM
    assert not lives(parent)
    assert not lives(child)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has rights to give up")
def test_a_server_started_by_root_runs_as_an_unprivileged_user(tmp_path: Path) -> None:
    server = ServerProcess("who", ["id", "-un"], tmp_path / "log", is_ready=lambda: False)
    with pytest.raises(ServerFailed, match=r"who ended with 0:\nnobody"):
        server.start()


@pytest.mark.skipif(not ends_with_us(), reason="this machine has no setpriv")
def test_a_server_does_not_outlive_the_process_that_started_it(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", STARTER, str(tmp_path / "log")]
    starter = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])
    assert starter.stdout is not None
    server = psutil.Process(int(starter.stdout.readline()))
    starter.kill()
    starter.communicate()
    assert gone(server)


def test_a_scratch_folder_can_be_written_by_the_server_and_goes_away() -> None:
    with scratch_folder("test") as folder:
        script = f"touch {folder}/made && exec sleep 600"
        server = ServerProcess("writer", ["sh", "-c", script], folder / "log", (folder / "made").exists)
        server.start()
        server.stop()
    assert not folder.exists()


def test_a_free_port_is_given() -> None:
    assert 0 < free_port() < 65536
