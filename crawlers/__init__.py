"""Crawlers: politely reading what is public, and importing what the operator obtained elsewhere.

Nothing here imports Scrapy: crawling happens in processes of its own (crawlers/job.py).
"""

from crawlers.checking import CheckReport, check
from crawlers.importers import (
    IMPORT_FORMATS,
    ImportMapping,
    ImportRefused,
    ImportReport,
    Problem,
    SpreadDates,
    import_file,
    load_mapping,
)
from crawlers.outcome import Outcome
from crawlers.polls import Polls
from crawlers.process import CrawlProcesses
from crawlers.results import PollSummary
from crawlers.runner import collect

__all__ = [
    "IMPORT_FORMATS",
    "CheckReport",
    "CrawlProcesses",
    "ImportMapping",
    "ImportRefused",
    "ImportReport",
    "Outcome",
    "PollSummary",
    "Polls",
    "Problem",
    "SpreadDates",
    "check",
    "collect",
    "import_file",
    "load_mapping",
]
