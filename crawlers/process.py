"""Crawling processes seen from outside: started, waited for, killed when they outlive their time, their end judged.

a result                         the poll's result, whatever the exit status
alive 15 s after limits.seconds  told to end (SIGTERM): it lands what it gathered and reports its counts; killed 5 s later.
                                 Outcome `killed`
stopped by the runner            no outcome at all: CrawlStopped
died by signal or exit status    outcome `killed`, with the status
exit status 0 and no result      outcome `failed`: an empty answer is not a quiet day
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import subprocess
import sys
import threading
from concurrent.futures import Future
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from pydantic import ValidationError

from crawlers.outcome import Outcome
from crawlers.task import Task, TaskResult

GRACE = 15.0
"""Seconds beyond limits.seconds: start-up, the last request's end, the last batch's commit."""
LAST_WORDS = 5.0
"""Seconds between SIGTERM and SIGKILL: a batch of landings takes well under one."""
FORKER = (sys.executable, "-m", "crawlers.forker")
_ROOT = Path(__file__).resolve().parent.parent

log = logging.getLogger(__name__)


class CrawlStopped(Exception):
    """The runner stopped before the process ended: what it landed stays, and nothing is known of the rest."""


class CrawlProcesses:
    """The crawling processes of this process; safe to use from several threads. Close it to kill what still runs.

    Holding one open over several calls of `collect` spares each the second that the forker needs to start.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._forker: _Forker | None = None
        self._closed = False

    def run(self, task: Task) -> TaskResult:
        """Runs one task to its end. Raises CrawlStopped after `kill` or `close`, but nothing for what the process does."""
        seconds = task.source.limits.seconds
        try:
            forker = self._open_forker()
            number, ended = forker.begin(task)
        except OSError as exc:
            if self._closed:
                raise CrawlStopped from exc
            return _end(Outcome.KILLED, f"no crawling process could be started: {exc}")
        try:
            status, out = ended.result(timeout=seconds + GRACE)
        except TimeoutError:
            return _end_overdue(
                forker, number, ended, f"still running {GRACE:g} s after limits.seconds = {seconds}: killed"
            )
        return _judge(out, status)

    def _open_forker(self) -> _Forker:
        with self._lock:
            if self._closed:
                raise BrokenPipeError("the runner is stopping")
            if self._forker is None or not self._forker.is_alive:
                self._forker = _Forker()
            return self._forker

    def kill(self) -> None:
        """Kills what still runs; what is asked for later starts afresh."""
        with self._lock:
            forker, self._forker = self._forker, None
        if forker is not None:
            forker.close()

    def close(self) -> None:
        """Kills what still runs and lets nothing start any more."""
        with self._lock:
            self._closed = True
        self.kill()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.close()


class _Forker:
    """The running forker (crawlers/forker.py), and a thread that hands its answers to those who wait."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = count(1)
        self._waiting: dict[int, Future[tuple[int, str]]] = {}
        self._closing = False
        self._process = subprocess.Popen(
            FORKER,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # A traceback can carry words of a post: shown only to whoever asked for debugging.
            stderr=None if log.isEnabledFor(logging.DEBUG) else subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))},
            start_new_session=True,
        )
        threading.Thread(target=self._read_answers, name="crawl-answers", daemon=True).start()

    @property
    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def begin(self, task: Task) -> tuple[int, Future[tuple[int, str]]]:
        """Starts a task; the future gives exit status and output. Raises OSError when the forker is gone."""
        number, ended = next(self._numbers), Future[tuple[int, str]]()
        with self._lock:
            self._waiting[number] = ended
        self._say({"run": number, "task": task.model_dump(mode="json")})
        return number, ended

    def stop(self, number: int) -> None:
        """Tells a task's process to land what it has and end."""
        with contextlib.suppress(OSError):
            self._say({"stop": number})

    def kill(self, number: int) -> None:
        """Kills a task's process."""
        with contextlib.suppress(OSError):
            self._say({"kill": number})

    def close(self) -> None:
        """Ends the forker, which ends its children; who waits for one gets CrawlStopped."""
        self._closing = True
        with contextlib.suppress(OSError):
            self._stream(self._process.stdin).close()
        try:
            self._process.wait(timeout=2 * LAST_WORDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _say(self, command: dict[str, object]) -> None:
        stream = self._stream(self._process.stdin)
        with self._lock:
            try:
                stream.write(json.dumps(command).encode() + b"\n")
                stream.flush()
            except ValueError as exc:
                raise BrokenPipeError("the runner is stopping") from exc

    def _read_answers(self) -> None:
        stream = self._stream(self._process.stdout)
        for line in stream:
            answer = json.loads(line)
            with self._lock:
                ended = self._waiting.pop(answer["end"], None)
            if ended is not None:
                self._tell(ended, answer["status"], answer["out"])
        stream.close()
        self._process.wait()
        with self._lock:
            orphans, self._waiting = list(self._waiting.values()), {}
        for ended in orphans:
            self._tell(ended, -9, "")

    def _tell(self, ended: Future[tuple[int, str]], status: int, out: str) -> None:
        if self._closing:
            # What a process says that was told to end is no result of its poll.
            ended.set_exception(CrawlStopped())
        else:
            ended.set_result((status, out))

    @staticmethod
    def _stream(stream: IO[bytes] | None) -> IO[bytes]:
        if stream is None:
            raise BrokenPipeError("the forker has no pipe")
        return stream


def _end_overdue(forker: _Forker, number: int, ended: Future[tuple[int, str]], message: str) -> TaskResult:
    forker.stop(number)
    try:
        _, out = ended.result(timeout=LAST_WORDS)
    except TimeoutError:
        forker.kill(number)
        return _end(Outcome.KILLED, message)
    told = _read(out)
    if told is None or told.outcome is Outcome.KILLED:
        return (told or _end(Outcome.KILLED, "")).model_copy(update={"message": message})
    # It came to its own end at that very moment.
    return told


def _read(out: str) -> TaskResult | None:
    if out.strip():
        try:
            return TaskResult.model_validate_json(out)
        except ValidationError:
            log.debug("not a result: %s", out[:200])
    return None


def _judge(out: str, status: int) -> TaskResult:
    told = _read(out)
    if told is not None:
        return told
    if status < 0:
        return _end(Outcome.KILLED, f"the crawling process was killed by signal {-status}")
    if status > 0:
        return _end(Outcome.KILLED, f"the crawling process died with exit status {status}")
    return _end(Outcome.FAILED, "the crawling process ended without a result")


def _end(outcome: Outcome, message: str) -> TaskResult:
    return TaskResult(outcome=outcome, finished=datetime.now(UTC), message=message)
