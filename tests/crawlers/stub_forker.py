"""A forker whose children do not crawl: they hang, die, print or say nothing. ``python -m … MODE``."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time

from crawlers.forker import Forker
from crawlers.task import Task, TaskResult


def run(task: Task) -> TaskResult:
    mode = sys.argv[1]
    if mode == "hang" or (mode == "hang-one" and task.source.id.startswith("slow")):
        time.sleep(60)
    if mode == "signal":
        os.kill(os.getpid(), signal.SIGSEGV)
    if mode == "exit":
        os._exit(3)
    if mode == "silent":
        os._exit(0)
    if mode == "raise":
        raise ValueError("a fault")
    if mode == "last-words":
        signal.signal(signal.SIGTERM, _wake)
        with contextlib.suppress(InterruptedError):
            time.sleep(60)
        return TaskResult.model_validate(
            {"outcome": "killed", "finished": "2026-03-01T00:00:00Z", "counts": {"new": 7}}
        )
    if mode == "forker-dies":
        (task.key_dir / "child").write_text(str(os.getpid()))
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(60)
    print("a library prints something")
    os.write(1, b'{"end": 1, "status": 0, "out": "{}"}\n')
    return TaskResult.model_validate({"outcome": "ok", "finished": "2026-03-01T00:00:00Z", "counts": {"new": 1}})


def _wake(*_: object) -> None:
    raise InterruptedError


if __name__ == "__main__":
    Forker(run, 0, 1).serve()
