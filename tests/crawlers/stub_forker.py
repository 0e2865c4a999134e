"""A forker whose children do not crawl: they hang, die, print or say nothing. ``python -m … MODE``."""

from __future__ import annotations

import os
import signal
import sys
import time

from crawlers.forker import Forker
from crawlers.task import Task, TaskResult


def run(task: Task) -> TaskResult:
    mode = sys.argv[1]
    if mode == "hang" or (mode == "hang-one" and task.source.id == "slow"):
        time.sleep(60)
    if mode == "signal":
        os.kill(os.getpid(), signal.SIGSEGV)
    if mode == "exit":
        os._exit(3)
    if mode == "silent":
        os._exit(0)
    if mode == "raise":
        raise ValueError("a fault")
    if mode == "forker-dies":
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(60)
    print("a library prints something")
    os.write(1, b'{"end": 1, "status": 0, "out": "{}"}\n')
    return TaskResult.model_validate({"outcome": "ok", "finished": "2026-03-01T00:00:00Z", "counts": {"new": 1}})


if __name__ == "__main__":
    Forker(run, 0, 1).serve()
