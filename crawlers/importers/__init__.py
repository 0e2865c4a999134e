"""Posts from files that the operator obtained lawfully elsewhere: NDJSON and CSV."""

from crawlers.importers.importing import ImportRefused, import_file
from crawlers.importers.mapping import ImportMapping, SpreadDates, load_mapping
from crawlers.importers.problems import Problem
from crawlers.importers.report import ImportReport

__all__ = [
    "ImportMapping",
    "ImportRefused",
    "ImportReport",
    "Problem",
    "SpreadDates",
    "import_file",
    "load_mapping",
]
