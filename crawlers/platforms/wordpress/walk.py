"""The lists of a WordPress site, and how far each was read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

POSTS = "wp/v2/posts"
COMMENTS = "wp/v2/comments"
SECOND = timedelta(seconds=1)
"""The grain of WordPress's times."""
PAGE = 100
"""Items a page; the interface's maximum."""


@dataclass
class Walk:
    """One list: everything up to ``mark`` was read, and ``back`` is where its way back goes on."""

    route: str
    field: str
    after: str
    before: str
    order: str
    mark: datetime | None = None
    back: datetime | None = None
    is_done: bool = False
    """Whether this poll has come to the list's newest end."""
    was_done: bool = True
    """Whether the last poll that read anything had."""

    @property
    def is_of_changes(self) -> bool:
        """Whether it lists by the last change, not by publication."""
        return self.field == "modified_gmt"

    @property
    def is_of_comments(self) -> bool:
        """Whether its items are comments."""
        return self.route == COMMENTS

    def start(self, overlap: timedelta) -> datetime | None:
        """Where this poll begins; None at the first. What a cap cut off is taken up without overlap, which could eat the cap."""
        if self.mark is None:
            return None
        return self.mark - (overlap if self.was_done else SECOND)

    def params(self, bound: datetime | None, page: int, *, back: bool) -> dict[str, str]:
        """The parameters of one page: what lies above ``bound`` oldest first, or below it newest first."""
        found = {"per_page": str(PAGE), "orderby": self.order, "order": "desc" if back else "asc", "page": str(page)}
        if bound is not None:
            found[self.before if back else self.after] = f"{bound.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        return found

    def note(self, moments: list[datetime], started: datetime) -> None:
        """Items of these moments, and all below, were read."""
        if moments:
            # A post that claims to be of tomorrow must not hide those of today.
            newest = min(max(moments), started)
            self.mark = max(newest, self.mark or newest)


def make_walks(stored: Any, *, comments: bool) -> list[Walk]:
    """The walks with their marks. Raises ValueError, TypeError, AttributeError for a cursor of another shape."""
    walks = [
        Walk(POSTS, "date_gmt", "after", "before", "date"),
        Walk(POSTS, "modified_gmt", "modified_after", "modified_before", "modified"),
    ]
    if comments:
        walks.append(Walk(COMMENTS, "date_gmt", "after", "before", "date_gmt"))
    for walk in walks:
        mark, back, walk.was_done = (stored or {}).get(_name(walk)) or (None, None, True)
        walk.mark = datetime.fromisoformat(mark) if mark else None
        walk.back = datetime.fromisoformat(back) if back else None
    return walks


def dump_walks(walks: Iterable[Walk]) -> dict[str, list[str | bool | None]]:
    """For the cursor."""
    return {_name(walk): [_text(walk.mark), _text(walk.back), walk.was_done] for walk in walks}


def next_bound(
    bound: datetime | None, page: int, moments: list[datetime], *, back: bool
) -> tuple[datetime | None, int]:
    """Bound and number of the page that follows one with these moments: by time where it goes on, else by number."""
    if moments:
        following = moments[-1] + SECOND if back else moments[-1] - SECOND
        if bound is None or (following < bound if back else following > bound):
            return following, 1
    return bound, page + 1


def _name(walk: Walk) -> str:
    return f"{walk.route} {walk.field}"


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
