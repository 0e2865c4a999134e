"""The posts of a topic's page: landed, rejected, removed, or dropped under a reason; each counted once in a run.

A post is identified by the board's address (as https, so that a board which moves there keeps its posts) and its number.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pydantic import ValidationError

from crawlers.items import Found, Rejection, Removal
from crawlers.platforms.forum.engine import Engine
from crawlers.platforms.forum.page import PostRow, TopicPage, TopicRow
from crawlers.spiders.base import PollSpider
from ledger import RecheckOutcome
from records import AuthorKind, Capture, Landing, Post, PostId, RawItem, make_post_id

if TYPE_CHECKING:
    from scrapy.http import Response

FORUM = "forum"
"""Platform word of forum posts."""


class PostReader:
    """Makes items of posts. ``board``: the board's address."""

    def __init__(self, spider: PollSpider, engine: Engine, board: str) -> None:
        self._spider = spider
        self._tally = spider.tally
        self._engine = engine
        self._board = board
        self._seen: set[str] = set()

    @property
    def _address(self) -> str:
        """The board's address in the one form that ids are made of."""
        return f"https://{self._board.partition('://')[2]}"

    def read_page(self, page: TopicPage, response: Response, topic: TopicRow) -> list[Found]:
        """What becomes of a page's posts; those that stood on an earlier page of this run are counted already."""
        new = [row for row in page.posts if not row.id or row.id not in self._seen]
        whole = len(new) == len(page.posts) and all(_lands_whole(row) for row in new)
        capture = self._spider.capture(response, keep_body=whole)
        items: list[Found] = []
        for row in new:
            self._tally.see()
            for fault in row.faults:
                self._tally.remark(fault)
            self._seen.update((row.id,) if row.id else ())
            item = self._item(row, page, capture, topic)
            if item is not None:
                items.append(item)
        return items

    def find(self, page: TopicPage, post_id: str) -> PostRow | None:
        """The row that is the post, if the page shows it."""
        return next((row for row in page.posts if row.id and self.identity(row)[1] == post_id), None)

    def reread(self, row: PostRow, page: TopicPage) -> RecheckOutcome | None:
        """What a row says of a post that was asked for again; None: it is there and has words."""
        if row.deleted or _is_emptied(row, page):
            return RecheckOutcome.DELETED
        return None if row.says_something else RecheckOutcome.UNCLEAR

    def identity(self, row: PostRow) -> tuple[str, PostId]:
        """The native id and the post id of a row that has a number."""
        native = f"{self._address}#{row.id}"
        return native, make_post_id(FORUM, native)

    def landing(
        self, row: PostRow, page: TopicPage, capture: Capture, address: str, topic: TopicRow | None = None
    ) -> Landing:
        """The post as it reads on the page; ``address`` is its own, ``topic`` its topic if known. Raises ValidationError."""
        source = self._spider.task.source
        post = Post(
            platform=FORUM,
            native_id=self.identity(row)[0],
            source=source.id,
            url=address,
            author=row.author,
            author_kind=AuthorKind(source.author_kind),
            lang_hint=page.language,
            title=row.title,
            text=row.text,
            media_text=row.media_text,
            # Not the first post's id: that stands on a page which a long topic's poll does not read.
            thread=f"{self._address}#topic-{topic.key}" if topic is not None else None,
            engagement=row.counts,
            published_at=row.published,
            edited_at=row.edited,
            collected_at=datetime.now(UTC),
        )
        return Landing(post=post, raw=RawItem(body=row.raw, media_type="text/html"), capture=capture, lookup=address)

    def _item(self, row: PostRow, page: TopicPage, capture: Capture, topic: TopicRow) -> Found | None:
        if not row.id:
            return Rejection("no_identity", row.raw)
        if row.deleted:
            self._tally.drop("deleted")
            return Removal(self.identity(row)[1], datetime.now(UTC))
        if not row.says_something:
            # A quotation, a smiley or a picture alone is no fault of the page's layout.
            self._tally.drop("wordless")
            return Removal(self.identity(row)[1], datetime.now(UTC)) if _is_emptied(row, page) else None
        address = self._engine.permalink.format(board=self._board, topic=topic.url, topic_id=topic.key, id=row.id)
        try:
            return self.landing(row, page, capture, address, topic)
        except ValidationError:
            return Rejection("invalid", row.raw)


def _lands_whole(row: PostRow) -> bool:
    """Whether all that the row holds goes with its post, when that is erased."""
    return bool(row.id) and not row.deleted and row.says_something and not row.quotes


def _is_emptied(row: PostRow, page: TopicPage) -> bool:
    """Whether the post is known to have no words, so that those which it had were taken back.

    Another post of the page must have some: of a layout that is no longer the engine's, none has.
    """
    return row.has_body and not row.says_something and any(other.text for other in page.posts)
