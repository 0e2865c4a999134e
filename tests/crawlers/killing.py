"""Kills the crawling process that is asking right now, as a machine that runs out of memory would."""

from __future__ import annotations

import contextlib

import psutil


def kill_the_crawl() -> None:
    """Ends every process that a forker of this test run has forked; called from within an answer."""
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            parent = process.parent()
            if parent is not None and "crawlers.forker" in " ".join(parent.cmdline()):
                process.kill()
