"""Platforms on which persons answer each other: boards, Discourse, Lemmy, Isso."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from config import SourceKind
from tests.crawlers import forum_pages
from tests.crawlers.discourse_server import Forum
from tests.crawlers.forum_board import Board
from tests.crawlers.forum_pages import Entry, Row, Sheet
from tests.crawlers.hostility.platform import Draw, Platform, asked, in_json, path_of, words
from tests.crawlers.lemmy_server import Lemmy
from tests.crawlers.outlet import HTML
from tests.peers.hostile import Reply, Seen


class BoardPages(Platform):
    kind, path = SourceKind.FORUM, "/viewforum.php?f=3"
    fields: ClassVar[dict[str, Any]] = {"engine": "phpbb"}

    def __init__(self) -> None:
        super().__init__()
        self.board = Board("phpbb")

    def post(self, number: int) -> None:
        super().post(number)
        self.board.add(5, self.posts[number], words(number), id=number)

    def answer(self, seen: Seen) -> Reply | None:
        self.board.base = self.base
        page = self.board.pages().get(seen.path)
        return (200, HTML, page.encode()) if page is not None else None

    def endless(self, seen: Seen, draw: Draw) -> Reply | None:
        when = datetime.now(UTC).strftime(self.board.style.when)
        start = int(asked(seen).get("start", "0"))
        sheet = Sheet(start, [start - 10, start + 10] if start else [10], start // 10 + 1)
        if path_of(seen) == "/viewforum.php":
            rows = [Row(number, when, 1_000, number, pages=200) for number in draw.numbers(10)]
            html = forum_pages.phpbb_list(rows, sheet)
        else:
            shown = [Entry(number, when, words(number)) for number in sorted(draw.numbers(10))]
            html = forum_pages.phpbb_topic(shown, sheet, int(asked(seen).get("t", "5")))
        return 200, HTML, html.replace(forum_pages.BASE, self.base).encode()


class Discourse(Platform):
    kind = SourceKind.DISCOURSE

    def __init__(self) -> None:
        super().__init__()
        self.forum = Forum()

    def post(self, number: int) -> None:
        super().post(number)
        self.forum.write(number, datetime.now(UTC) - self.posts[number], cooked=f"<p>{words(number)}</p>")

    def answer(self, seen: Seen) -> Reply | None:
        return self.forum.reply(seen.path)

    def endless(self, seen: Seen, draw: Draw) -> Reply | None:
        if path_of(seen) != "/posts.json":
            return self.answer(seen)
        made = Forum()
        for number in draw.numbers(50):
            made.write(number, cooked=f"<p>{words(number)}</p>")
        return made.reply("/posts.json")


class LemmyServer(Platform):
    kind = SourceKind.LEMMY

    def __init__(self) -> None:
        super().__init__()
        self.server = Lemmy()

    def post(self, number: int) -> None:
        super().post(number)
        self.server.post(number, datetime.now(UTC) - self.posts[number], body=words(number))

    def answer(self, seen: Seen) -> Reply | None:
        return self.server.reply(seen.path)

    def endless(self, seen: Seen, draw: Draw) -> Reply | None:
        kind = "post" if "/post/list" in seen.path else "comment"
        if not path_of(seen).endswith("/list"):
            return self.answer(seen)
        made = Lemmy()
        for number in draw.numbers(int(asked(seen)["limit"])):
            made.post(number, body=words(number))
            made.comment(number, content=words(number))
        page = [made.view(kind, one) for one in made.items[kind].values()]
        return in_json({f"{kind}s": page, "next_page": draw.token()})


class Isso(Platform):
    kind = SourceKind.ISSO

    def answer(self, seen: Seen) -> Reply | None:
        return self._list(self.posts) if path_of(seen) == "/latest" else None

    def endless(self, seen: Seen, draw: Draw) -> Reply | None:
        length = int(asked(seen).get("limit", "100"))
        return self._list(dict.fromkeys(sorted(draw.numbers(100 if draw.same else length)), draw.at))

    @staticmethod
    def _list(posts: dict[int, datetime]) -> Reply:
        own = {"uri": "/page", "mode": 1, "author": "ana"}
        return in_json([{**own, "id": n, "text": words(n), "created": at.timestamp()} for n, at in posts.items()])
