"""Comments under a video, or under all videos of a channel, by the YouTube Data API v3. Keyed; counts quota units.

1. threads    commentThreads.list, newest thread first; each brings the newest of its replies
2. replies    comments.list by parent, where a thread has more replies than were shown, or more than at its last look.
              A reply does not bring its old thread back to the top: the newest 1,000 threads are looked at again, ever more
              rarely, for 30 days (50 a unit). Replies for which a run has no units left, or that fail, are asked for by the
              next one; those that fail in three polls are given up
3. rechecks   comments.list by id, 50 a unit; what is absent is deleted, by the rule of keyed.py

Every call is one unit. The key goes in the header X-Goog-Api-Key.

Tested over HTTP against hand-made answers after the documented shape (tests/crawlers/keyed/youtube.py), never against YouTube
itself: `daymark sources check` is an operator's look at the live API, with their key.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from crawlers.errors import EndRun, RateLimited, TooLarge, Unreachable
from crawlers.items import Found
from crawlers.outcome import Outcome
from crawlers.platforms.keyed.backlog import TRIES, PlaceLost
from crawlers.platforms.keyed.budgets import Quota
from crawlers.platforms.keyed.items import Page, Read, read_token
from crawlers.platforms.keyed.spider import KeyedSpider
from crawlers.platforms.youtube.comments import YOUTUBE, Thread, comment_id, make_comment_post, read_comment
from crawlers.urls import host_of

if TYPE_CHECKING:
    from scrapy.http import Response

PAGE = 100
"""Threads or replies a page; the API's maximum."""
BATCH = 50
"""Ids in one call."""
WATCHED = 1000
"""Threads looked at again, the newest: 20 units a round."""
DAYS = timedelta(days=30)
"""How long a thread is looked at again."""
FAULTS = 3
"""Threads in one poll whose replies fail before the others are left to the next: each costs a unit; the fault is the API's."""
_OFF = {"commentsDisabled": "comments are off", "forbidden": "it is not open to us"}
_GONE = ("videoNotFound", "channelNotFound")
_NO_THREAD = ("commentNotFound", "parentCommentNotFound", "commentThreadNotFound")
_PASSING = ("processingFailure",)
"""Answered with 400 and right again at the next poll."""


class _ThreadGone(EndRun):
    """A thread whose replies were asked for is no longer there."""


class _CommentsOff(EndRun):
    """The comments of a video or channel are not open to us."""


class YouTubeSpider(KeyedSpider):
    """One poll of the comments of a video or a channel."""

    name = "youtube"
    platform = YOUTUBE
    batch = BATCH - 1  # and one that is known to be there

    def load(self, cursor: dict[str, Any]) -> None:
        """``threads`` in the cursor: id -> [replies known, first seen, last looked at], times in seconds of Unix time.

        ``open``: threads whose replies are still to be asked for, id -> [replies, video or None, polls in which they failed].
        """
        super().load(cursor)
        stored = cursor.get("threads") or {}
        self._threads: dict[str, list[int]] = {
            key: [int(number) for number in row][:3] for key, row in stored.items() if comment_id({"id": key})
        }
        if any(len(row) != 3 for row in self._threads.values()):
            raise ValueError("threads of another shape")
        self._replies: dict[str, int] = {}
        self._videos: dict[str, str | None] = {}
        self._open: dict[str, int] = {}
        self._tries: dict[str, int] = {}
        for key, (count, video, *tries) in (cursor.get("open") or {}).items():
            if not all(isinstance(number, int) for number in (count, *tries)) or comment_id({"id": key}) is None:
                raise ValueError("replies of another shape")
            self._open[key] = count
            self._tries[key] = sum(tries)
            self._videos[key] = video if isinstance(video, str) else None
        self._now = int(self.task.started.timestamp())

    def make_budget(self, stored: Any) -> Quota:
        """See KeyedSpider."""
        self._quota = Quota(stored, self.task.source.limits.quota, self.task.started)
        return self._quota

    async def page(self, name: str, token: str | None) -> Page:  # noqa: ARG002
        """See KeyedSpider."""
        kind, _, target = (self.task.source.target or "").partition(":")
        where = "videoId" if kind == "video" else "allThreadsRelatedToChannelId"
        params = {where: target, "order": "time", **({"pageToken": token} if token else {})}
        found, response = await self._call("commentThreads", "snippet,replies", params)
        threads = [Thread(raw) for raw in _items(found)]
        items = [item for thread in threads for item in self._note(thread)]
        return Page(items, [thread.moment for thread in threads], read_token(found.get("nextPageToken")), response)

    async def more(self) -> AsyncIterator[Found]:
        """Threads that were not shown, then the replies that no thread has shown."""
        due = [key for key, (_, seen, last) in self._threads.items() if self._is_due(key, seen, last)]
        for start in range(0, len(due), BATCH):
            batch = due[start : start + BATCH]
            found, response = await self._call("commentThreads", "snippet,replies", {"id": ",".join(batch)})
            for raw in _items(found):
                for item in self.land(self._note(Thread(raw)), response):
                    yield item
            for key in batch:
                self._threads[key][2] = self._now
        async for item in self._read_open():
            yield item

    async def _read_open(self) -> AsyncIterator[Found]:
        """The replies that no thread has shown. A fault is a thread's own or its video's, not the list's: it ends no run."""
        faults = 0
        for key, count in list(self._open.items()):
            if faults >= FAULTS or not self._quota.has_spare:
                return
            try:
                async for item in self._read_replies(key):
                    yield item
            except (EndRun, TooLarge, Unreachable) as exc:
                self.tally.remark("thread_gone" if isinstance(exc, _ThreadGone) else "replies_failed")
                if isinstance(exc, (_ThreadGone, _CommentsOff)) or exc.outcome is Outcome.GONE:
                    # Comments that are gone are removed by their rechecks; a thread that is shown again is asked for again.
                    self._close(key)
                    continue
                self._put_off(key)
                # A refusal that names no video may be the key's, and then holds for all.
                faults += FAULTS if exc.outcome is Outcome.BLOCKED else 1
                continue
            self._close(key)
            if key in self._threads:
                self._threads[key][0] = count

    def _put_off(self, thread: str) -> None:
        """Leaves the replies of a thread to the next poll, behind those of the others; after TRIES polls for good."""
        count, tries = self._open.pop(thread), self._tries.pop(thread, 0) + 1
        if tries >= TRIES:
            self.tally.remark("replies_given_up")
            return
        self._open[thread], self._tries[thread] = count, tries

    def _close(self, thread: str) -> None:
        del self._open[thread]
        self._tries.pop(thread, None)

    async def _read_replies(self, thread: str) -> AsyncIterator[Found]:
        token: str | None = None
        for _ in range(self.task.source.limits.pages):
            params = {"parentId": thread, "maxResults": str(PAGE), **({"pageToken": token} if token else {})}
            found, response = await self._call("comments", "snippet", params)
            for item in self.land(_items(found), response):
                yield item
            before, token = token, read_token(found.get("nextPageToken"))
            if token is None or token == before:
                return

    def read_item(self, item: Any, now: datetime) -> Read | None:
        """See KeyedSpider."""
        comment = read_comment(item)
        if comment is None:
            return None
        count = self._replies.get(comment.id)
        # Replies that are asked for by their thread do not say which video it is.
        video = self._videos.get(comment.snippet.parentId or comment.id)
        return Read(comment.id, make_comment_post(comment, self.task.source, count, now, self.tally, video))

    async def look_up(self, ids: Sequence[str]) -> tuple[dict[str, Any], set[str], Response]:
        """See KeyedSpider."""
        found, response = await self._call("comments", "snippet", {"id": ",".join(ids)})
        return (
            {key: raw for raw in _items(found) if (key := comment_id(raw)) in ids and key is not None},
            set(),
            response,
        )

    def conclude(self) -> None:
        """Writes the threads that will be looked at again."""
        young = {key: row for key, row in self._threads.items() if self._now - row[1] < DAYS.total_seconds()}
        # Those that were seen first in one poll stand in the order of the list, the newest before the others.
        kept = sorted(young, key=lambda key: -young[key][1])[:WATCHED]
        self.cursor["threads"] = {key: young[key] for key in kept}
        self.cursor.pop("open", None)
        if self._open:
            self.cursor["open"] = {
                key: [count, self._videos.get(key), *filter(None, [self._tries.get(key)])]
                for key, count in self._open.items()
            }
        super().conclude()

    def _note(self, thread: Thread) -> list[Any]:
        """The comments of a thread that was shown; whether its replies are asked for."""
        if not thread.is_public:
            self.tally.see()
            self.tally.drop("not_public")
            return []
        if thread.id is not None:
            self._replies[thread.id] = thread.replies
            self._videos[thread.id] = thread.video
            row = self._threads.get(thread.id, [len(thread.shown), self._now, self._now])
            row[2] = self._now
            # Going back each thread is older than those before it: they would take the places of the newest.
            if not self.going_back or len(self._threads) < WATCHED:
                self._threads[thread.id] = row
            if thread.replies > max(row[0], len(thread.shown)):
                self._open[thread.id] = thread.replies
            else:
                row[0] = max(thread.replies, len(thread.shown))
        return thread.comments

    def _is_due(self, key: str, seen: int, last: int) -> bool:
        # After 1 h, then when a quarter of its age has passed: about 20 looks in 30 days.
        return key not in self._replies and self._now - last >= max(3600, (self._now - seen) // 4)

    async def _call(self, resource: str, part: str, params: dict[str, str]) -> tuple[dict[str, Any], Response]:
        """One call, one unit. Raises BudgetSpent before it, RateLimited or EndRun after it."""
        self._quota.take()
        size = {} if "id" in params else {"maxResults": str(PAGE)}
        response = await self.ask(
            f"{self.api}/{resource}",
            {"part": part, "textFormat": "plainText", **size, **params},
            headers={"X-Goog-Api-Key": self.keys[0]},
            once=True,
        )
        if response.status != 200:
            self._refuse(response)
        return self.json_of(response), response

    def _refuse(self, response: Response) -> None:
        reason = _reason(self.json_of(response)) if response.body[:1] == b"{" else ""
        if reason in ("quotaExceeded", "dailyLimitExceeded"):
            raise RateLimited(host_of(self.api), self._quota.opens())
        if reason in ("rateLimitExceeded", "userRateLimitExceeded"):
            raise RateLimited(host_of(self.api), datetime.now(UTC) + timedelta(minutes=10))
        if reason in _NO_THREAD:
            raise _ThreadGone(Outcome.FAILED, f"YouTube knows no such comment ({reason})")
        if reason in _GONE or response.status == 404:
            raise EndRun(Outcome.GONE, f"there is no {self.task.source.target} (any more)")
        if reason in _OFF:
            raise _CommentsOff(Outcome.BLOCKED, f"{self.task.source.target}: {_OFF[reason]}")
        if reason == "invalidPageToken":
            raise PlaceLost("YouTube no longer knows where the last poll stopped (invalidPageToken)")
        if reason in _PASSING:
            raise EndRun(Outcome.FAILED, f"YouTube could not answer ({reason})")
        if response.status == 400:
            raise EndRun(Outcome.BLOCKED, f"the key or the call is refused ({reason or 'HTTP 400'})")
        self.stop_on_status(response)


def _items(found: dict[str, Any]) -> list[Any]:
    items = found.get("items", [])
    if not isinstance(items, list):
        raise EndRun(Outcome.FAILED, "items is no list: not the API as we know it")
    return items


def _reason(found: dict[str, Any]) -> str:
    """The word by which an error of Google's APIs names its cause; empty where there is none."""
    error = found.get("error")
    errors = error.get("errors") if isinstance(error, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    reason = first.get("reason") if isinstance(first, dict) else None
    return reason if isinstance(reason, str) and reason.isalnum() and len(reason) < 60 else ""
