"""Crawlers: politely reading what is public, and importing what the operator obtained elsewhere.

Nothing here imports Scrapy: crawling happens in processes of its own (crawlers/job.py).
"""

from crawlers.importers import (
    ImportMapping,
    ImportRefused,
    ImportReport,
    Problem,
    SpreadDates,
    import_file,
    load_mapping,
)
from crawlers.outcome import Outcome
from crawlers.process import CrawlProcesses
from crawlers.runner import CheckReport, PollSummary, check, collect

__all__ = [
    "CheckReport",
    "CrawlProcesses",
    "ImportMapping",
    "ImportRefused",
    "ImportReport",
    "Outcome",
    "PollSummary",
    "Problem",
    "SpreadDates",
    "check",
    "collect",
    "import_file",
    "load_mapping",
]
