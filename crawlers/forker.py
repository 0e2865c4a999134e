"""The forker: a process that has everything imported and forks one child a poll.

A crawling process costs 1 s of processor time to import what it needs and 0.2 s to poll a small feed; a fork has it all.
Every poll still has a process of its own, which can hang, grow or die without touching another.

1. {"run": N, "task": {...}}   on stdin     fork; the child runs the task and writes its result into a pipe
2. {"stop": N}, {"kill": N}    on stdin     SIGTERM, SIGKILL to that child
3. {"end": N, "status": S, "out": "..."}    on stdout, when the child is gone: exit status (negative: signal), its output
4. end of stdin                             the runner is gone or done: children get SIGTERM, 3 s later SIGKILL, and the
                                            forker ends
5. the forker itself is killed              its children see the end of a pipe that it alone held, and end as in 4: nobody
                                            would watch over them any more

Python's own forkserver does 1 to 3, but lets children live on in cases 4 and 5.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from crawlers.task import Task, TaskResult

Run = Callable[[Task], TaskResult]

LAST_WORDS = 3.0
"""Seconds between SIGTERM and SIGKILL: to land a batch takes well under one, and a stop must not take longer."""


@dataclass
class _Child:
    number: int
    pid: int
    pipe: int
    out: bytearray = field(default_factory=bytearray)


class Forker:
    """The forker's loop; single-threaded, because only then is a fork a true copy."""

    def __init__(self, run: Run, commands: int, answers: int) -> None:
        self._run = run
        self._commands = commands
        self._answers = answers
        self._unread = bytearray()
        self._children: dict[int, _Child] = {}
        # Nothing is ever written here: its end tells the children that the forker is gone.
        self._gone, self._alive = os.pipe()
        self._selector = selectors.DefaultSelector()
        self._selector.register(commands, selectors.EVENT_READ)

    def serve(self) -> None:
        """Runs until the end of the commands."""
        try:
            while self._step():
                pass
        finally:
            self._end_children()

    def _end_children(self) -> None:
        self._selector.unregister(self._commands)
        for child in self._children.values():
            os.kill(child.pid, signal.SIGTERM)
        end = time.monotonic() + LAST_WORDS
        while self._children and time.monotonic() < end:
            for key, _ in self._selector.select(timeout=0.1):
                self._read_child(key.data)
        for child in self._children.values():
            os.kill(child.pid, signal.SIGKILL)

    def _step(self) -> bool:
        for key, _ in self._selector.select():
            if key.fd == self._commands:
                if not self._read_commands():
                    return False
            else:
                self._read_child(key.data)
        return True

    def _read_commands(self) -> bool:
        chunk = os.read(self._commands, 1 << 20)
        self._unread += chunk
        while (end := self._unread.find(b"\n")) >= 0:
            line = bytes(self._unread[:end])
            del self._unread[: end + 1]
            self._obey(json.loads(line))
        return bool(chunk)

    def _obey(self, command: dict[str, Any]) -> None:
        if "run" in command:
            self._fork(int(command["run"]), json.dumps(command["task"]))
            return
        ((word, number),) = command.items()
        child = next((child for child in self._children.values() if child.number == number), None)
        if child is not None:
            # Not yet waited for, so the number cannot belong to another process meanwhile.
            os.kill(child.pid, signal.SIGTERM if word == "stop" else signal.SIGKILL)

    def _fork(self, number: int, task: str) -> None:
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            self._be_child(task, writing)
        os.close(writing)
        child = _Child(number, pid, reading)
        self._children[pid] = child
        self._selector.register(reading, selectors.EVENT_READ, child)

    def _be_child(self, task: str, writing: int) -> None:
        """Runs the task and ends the process, come what may."""
        status = 1
        try:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            os.close(self._alive)
            threading.Thread(target=_end_with, args=(self._gone,), name="forker-watch", daemon=True).start()
            self._selector.close()
            for sibling in self._children.values():
                os.close(sibling.pipe)
            # Neither commands nor answers are for the child; what libraries print goes to stderr.
            os.dup2(os.open(os.devnull, os.O_RDONLY), self._commands)
            os.dup2(2, self._answers)
            result = self._run(Task.model_validate_json(task))
            with os.fdopen(writing, "wb") as stream:
                stream.write(result.model_dump_json().encode())
            status = 0
        except BaseException:  # noqa: BLE001  nothing may return into the forker's loop
            sys.excepthook(*sys.exc_info())
        finally:
            sys.stderr.flush()
            os._exit(status)

    def _read_child(self, child: _Child) -> None:
        chunk = os.read(child.pipe, 1 << 20)
        if chunk:
            child.out += chunk
            return
        self._selector.unregister(child.pipe)
        os.close(child.pipe)
        _, status = os.waitpid(child.pid, 0)
        del self._children[child.pid]
        out = child.out.decode("utf-8", "replace")
        answer = {"end": child.number, "status": os.waitstatus_to_exitcode(status), "out": out}
        line = json.dumps(answer).encode() + b"\n"
        # A runner that is gone hears nothing; the end of its commands ends the loop.
        with contextlib.suppress(BrokenPipeError):
            while line:
                line = line[os.write(self._answers, line) :]


def _end_with(gone: int) -> None:
    """Ends this process when nobody holds the other end of the pipe any more."""
    os.read(gone, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(LAST_WORDS)
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> int:
    """Imports what polls need, then serves."""
    from crawlers.job import prepare, run

    prepare()
    # Ctrl-C is for the runner, which ends this process by closing its commands.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A stop of the service's whole group reaches the forker too: who ends it is the runner.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    Forker(run, 0, 1).serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
