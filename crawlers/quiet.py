# ruff: noqa: ARG002  the signatures are Scrapy's
"""Log lines without items: a post's text or author must not reach a log (architecture, rule 5)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from scrapy.logformatter import LogFormatter, LogFormatterResult

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.http import Response
    from twisted.python.failure import Failure


class QuietFormatter(LogFormatter):
    """Scrapy's log lines, with the item left out."""

    def scraped(
        self, item: Any, response: Response | Failure | None, spider: Spider | None = None
    ) -> LogFormatterResult:
        """One more item."""
        return _line(logging.DEBUG, "item scraped")

    def dropped(
        self, item: Any, exception: BaseException, response: Response | Failure | None, spider: Spider | None = None
    ) -> LogFormatterResult:
        """An item was dropped."""
        return _line(logging.WARNING, f"item dropped: {type(exception).__name__}")

    def item_error(
        self, item: Any, exception: BaseException, response: Response | Failure | None, spider: Spider | None = None
    ) -> LogFormatterResult:
        """An item could not be processed."""
        return _line(logging.ERROR, f"item failed: {type(exception).__name__}")


def _line(level: int, message: str) -> LogFormatterResult:
    return {"level": level, "msg": "%(message)s", "args": {"message": message}}
