"""What can befall a source, and why time is missing from it: the words of the ledger, of `status` and of digests."""

from __future__ import annotations

from enum import StrEnum


class EventKind(StrEnum):
    """Something about a source that people should know of; it lasts until it ends."""

    FAILING = "failing"
    BLOCKED = "blocked"
    RETIRED = "retired"
    SILENT = "silent"
    BELOW_MINIMUM = "below_minimum"
    ABOVE_MAXIMUM = "above_maximum"
    GAP = "gap"

    @property
    def advice(self) -> str:
        """What to do about it."""
        return _ADVICE[self]

    @property
    def end(self) -> str:
        """Its end, in words."""
        return _ENDS[self]


class GapReason(StrEnum):
    """Why time between two readings of a source is missing."""

    BEYOND_REACH = "beyond_reach"
    LIST_CUT = "list_cut"
    LIMIT = "limit"
    PAGE_FAILED = "page_failed"
    CURSOR_LOST = "cursor_lost"

    @property
    def words(self) -> str:
        """The reason as a sentence's end."""
        return _REASONS[self]


_ADVICE = {
    EventKind.FAILING: "see what it answers: daymark sources check ID; the next polls try again by themselves",
    EventKind.BLOCKED: (
        "it does not want to be read: ask its operator, or switch it off in sources.yaml; it is left alone for up to "
        "a week (daymark status says until when), and asked now by: daymark collect --source ID"
    ),
    EventKind.RETIRED: "it is gone for good; give its new address in sources.yaml, or take it out",
    EventKind.SILENT: "look whether the place has moved or shows us something else: daymark sources check ID",
    EventKind.BELOW_MINIMUM: "look whether its page has changed, or lower expect.min_posts with a reason",
    EventKind.ABOVE_MAXIMUM: "look what floods it, or raise expect.max_posts with a reason",
    EventKind.GAP: "poll it more often (interval), or raise the limit that stopped it; trends show the time as not covered",
}
_ENDS = {
    EventKind.FAILING: "recovered",
    EventKind.BLOCKED: "can be read again",
    EventKind.RETIRED: "is read again",
    EventKind.SILENT: "brings new posts again",
    EventKind.BELOW_MINIMUM: "is above its minimum again",
    EventKind.ABOVE_MAXIMUM: "is below its maximum again",
    EventKind.GAP: "was read after all",
}
_REASONS = {
    GapReason.BEYOND_REACH: "the source no longer showed it",
    GapReason.LIST_CUT: "the server showed the beginning of its list only",
    GapReason.LIMIT: "a limit stopped the reading; the next polls go on where the platform allows it",
    GapReason.PAGE_FAILED: "older pages could not be read",
    GapReason.CURSOR_LOST: "the place reached before was lost",
}
