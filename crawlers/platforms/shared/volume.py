"""The volume of a full read against the bounds in the source's entry: below the minimum it fails, above the maximum it warns.

Both are counted, and become events of the source (crawlers/signs.py).
"""

from __future__ import annotations

from crawlers.errors import EndRun
from crawlers.outcome import ABOVE_MAXIMUM, BELOW_MINIMUM, Outcome
from crawlers.spiders.base import PollSpider


def judge_volume(spider: PollSpider, shown: int, what: str = "posts") -> None:
    """Warns of too many, or raises EndRun for too few: ``shown`` of ``what``. A look at the first page is too short for that."""
    warn_of_many(spider, shown, what)
    shortfall = find_shortfall(spider, shown, what)
    if shortfall:
        raise EndRun(Outcome.FAILED, shortfall)


def warn_of_many(spider: PollSpider, shown: int, what: str = "posts") -> None:
    """Says and counts a volume above the maximum."""
    most = spider.task.source.expect.max_posts
    if most is not None and shown > most:
        spider.tally.remark(ABOVE_MAXIMUM)
        spider.say(f"warning: {shown} {what} where at most {most} are expected")


def find_shortfall(spider: PollSpider, shown: int, what: str = "posts") -> str:
    """What is to be said of a volume below the minimum, which it counts; empty where it is enough."""
    least = spider.task.source.expect.min_posts
    if shown >= least or spider.task.mode != "poll":
        return ""
    spider.tally.remark(BELOW_MINIMUM)
    return f"{shown} {what} where at least {least} are expected"
