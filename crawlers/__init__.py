"""Crawlers: politely reading what is public, and importing what the operator obtained elsewhere.

Nothing here imports Scrapy: crawling happens in processes of its own (crawlers/job.py).
"""

from crawlers.checking import CheckReport, check
from crawlers.costs import Cost, polls_a_day
from crawlers.detect import Finding, NotReadableError
from crawlers.discovery import discover
from crawlers.health import SourceHealth, source_health
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
from crawlers.links import find_places
from crawlers.opml import NotOpmlError, make_entries, parse_opml, write_opml
from crawlers.outcome import Outcome
from crawlers.places import Hosts, is_account, known_hosts, place_of
from crawlers.polls import Polls, Share
from crawlers.process import CrawlProcesses
from crawlers.results import PollSummary
from crawlers.runner import collect
from crawlers.timing import overdue_by

__all__ = [
    "IMPORT_FORMATS",
    "CheckReport",
    "Cost",
    "CrawlProcesses",
    "Finding",
    "Hosts",
    "ImportMapping",
    "ImportRefused",
    "ImportReport",
    "NotOpmlError",
    "NotReadableError",
    "Outcome",
    "PollSummary",
    "Polls",
    "Problem",
    "Share",
    "SourceHealth",
    "SpreadDates",
    "check",
    "collect",
    "discover",
    "find_places",
    "import_file",
    "is_account",
    "known_hosts",
    "load_mapping",
    "make_entries",
    "overdue_by",
    "parse_opml",
    "place_of",
    "polls_a_day",
    "source_health",
    "write_opml",
]
