"""The service, a door like the command line: it only wires rooms together. See service.py for what runs when."""

from scheduler.service import JOBS, Guarded, Rooms, alert, attend, collect, index, keep, make_clock, serve, tag
from scheduler.tagging import TAG_BATCH, TagReport, drain_tag, source_regions

__all__ = [
    "JOBS",
    "TAG_BATCH",
    "Guarded",
    "Rooms",
    "TagReport",
    "alert",
    "attend",
    "collect",
    "drain_tag",
    "index",
    "keep",
    "make_clock",
    "serve",
    "source_regions",
    "tag",
]
