"""Posts from files that the operator obtained lawfully elsewhere: NDJSON, CSV, Excel, and known exports of platforms."""

from crawlers.importers.formats import FORMATS
from crawlers.importers.importing import ImportRefused, import_file
from crawlers.importers.mapping import ImportMapping, SpreadDates, load_mapping
from crawlers.importers.problems import Problem
from crawlers.importers.report import ImportReport

IMPORT_FORMATS = tuple(FORMATS)
"""Names of the known exports."""

__all__ = [
    "IMPORT_FORMATS",
    "ImportMapping",
    "ImportRefused",
    "ImportReport",
    "Problem",
    "SpreadDates",
    "import_file",
    "load_mapping",
]
