"""One server a platform, for tests/peers/hostile.py to stand in front of: honest, and paging without end.

`answer` shows the posts that `post` added, as the platform pages them. `endless` shows full pages for ever: of numbers never
seen before, or (``same``) one and the same page behind ever new cursors.
"""

from __future__ import annotations

import itertools
import json
from abc import ABC, abstractmethod
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from config import SourceKind
from tests.crawlers import forum_pages
from tests.crawlers.appview import FEED, AppView, view
from tests.crawlers.discourse_server import Forum
from tests.crawlers.forum_board import Board
from tests.crawlers.forum_pages import Entry, Row, Sheet
from tests.crawlers.keyed.peers import Call, Item, Peer, Reddit, Vk, X, YouTube
from tests.crawlers.lemmy_server import Lemmy
from tests.crawlers.outlet import HTML, index, news, urlset
from tests.crawlers.site import Site, article, item, rss
from tests.crawlers.telegram_channel import Channel, message, preview
from tests.peers.hostile import Reply, Seen

JSON = {"Content-Type": "application/json"}
XML = {"Content-Type": "application/xml"}
HIGHEST = 900_000


def words(number: int) -> str:
    """What a post says; no other post says it."""
    return f"Post {number:06d} about the crossing"


class Draw:
    """Numbers for the posts of a page: downwards and new each time, or always the same ones."""

    def __init__(self, *, same: bool) -> None:
        self.same = same
        self.at = datetime.now(UTC).replace(microsecond=0)
        self._down = itertools.count(HIGHEST, -1)
        self._up = itertools.count(HIGHEST + 1)
        self._tokens = itertools.count(1)

    def numbers(self, count: int, *, up: bool = False) -> list[int]:
        if self.same:
            return list(range(HIGHEST, HIGHEST - count, -1))
        return [next(self._up if up else self._down) for _ in range(count)]

    def token(self) -> str:
        return f"c{next(self._tokens)}"


class Platform(ABC):
    """What stands behind a hostile server. ``base`` is set once the server runs."""

    kind: ClassVar[SourceKind]
    path = ""
    fields: ClassVar[dict[str, Any]] = {}

    def __init__(self) -> None:
        self.base = ""
        self.posts: dict[int, datetime] = {}

    def begin(self, stack: ExitStack) -> dict[str, Any]:
        """Starts what the platform needs beside the hostile server, until the stack ends; before anything is posted.

        Returns the cursor that an earlier run is taken to have left, empty where there was none.
        """
        return {}

    def post(self, number: int) -> None:
        """One more post, of this moment."""
        self.posts[number] = datetime.now(UTC)

    def entry(self) -> dict[str, Any]:
        """The source's entry in the register."""
        return {"url": self.base + self.path, "kind": self.kind.value, "author_kind": "person", **self.fields}

    @abstractmethod
    def answer(self, seen: Seen) -> Reply | None:
        """As the platform answers."""

    @abstractmethod
    def endless(self, seen: Seen, draw: Draw) -> Reply | None:
        """As a server without an end answers."""


def in_json(data: object) -> Reply:
    return 200, JSON, json.dumps(data).encode()


def asked(seen: Seen) -> dict[str, str]:
    """The parameters of the query or of the form."""
    found = parse_qs(urlsplit(seen.path).query) | parse_qs(seen.body.decode())
    return {name: values[0] for name, values in found.items()}


def path_of(seen: Seen) -> str:
    return urlsplit(seen.path).path


def article_of(seen: Seen) -> Reply | None:
    """The page behind /a/NUMBER."""
    head, _, number = path_of(seen).rpartition("/")
    return (200, HTML, article(words(int(number)), words(int(number))).encode()) if head.endswith("/a") else None


class Feeds(Platform):
    kind, path = SourceKind.FEEDS, "/feed"
    fields: ClassVar[dict[str, Any]] = {"author_kind": "outlet"}

    def answer(self, seen: Seen) -> Reply | None:
        if path_of(seen) != self.path:
            return article_of(seen)
        items = [
            item(
                number, text=None, summary=words(number), base=f"{self.base}/a", date=f"{at:%a, %d %b %Y %H:%M:%S} GMT"
            )
            for number, at in reversed(self.posts.items())
        ]
        return 200, {"Content-Type": "application/rss+xml"}, rss(*items).encode()

    def endless(self, seen: Seen, draw: Draw) -> Reply | None:
        now = datetime.now(UTC).isoformat()
        items = [
            {"id": str(n), "url": f"{self.base}/a/{n}", "content_text": words(n), "date_published": now}
            for n in draw.numbers(20)
        ]
        more = {"next_url": f"{self.base}/feed?page={draw.token()}"}
        return in_json({"version": "https://jsonfeed.org/version/1.1", "title": "Endless", "items": items, **more})


class Sitemap(Platform):
    kind, path = SourceKind.SITEMAP, "/news.xml"
    fields: ClassVar[dict[str, Any]] = {"author_kind": "outlet"}

    def answer(self, seen: Seen) -> Reply | None:
        if path_of(seen) != self.path:
            return article_of(seen)
        entries = [news(f"{self.base}/a/{number}", at, title=words(number)) for number, at in self.posts.items()]
        return 200, XML, urlset(*entries).encode()

    def endless(self, seen: Seen, draw: Draw) -> Reply | None:
        if "/a/" in seen.path:
            return article_of(seen)
        token = int(draw.token()[1:])
        if token % 2:
            return 200, XML, index(*((f"{self.base}/news-{n}-{token}.xml", "") for n in draw.numbers(20))).encode()
        now = datetime.now(UTC)
        return 200, XML, urlset(*(news(f"{self.base}/a/{n}", now) for n in draw.numbers(20))).encode()


class Gdelt(Platform):
    kind, path = SourceKind.GDELT, "/api/v2/doc/doc?query=crossing"
    fields: ClassVar[dict[str, Any]] = {"author_kind": "outlet"}

    def answer(self, seen: Seen) -> Reply | None:
        return article_of(seen) or self._list(list(self.posts))

    def endless(self, seen: Seen, draw: Draw) -> Reply | None:
        return article_of(seen) or self._list(draw.numbers(250))

    def _list(self, numbers: list[int]) -> Reply:
        return in_json({"articles": [{"url": f"{self.base}/a/{n}", "title": words(n)} for n in numbers]})


class Mastodon(Platform):
    kind = SourceKind.MASTODON

    def answer(self, seen: Seen) -> Reply | None:
        query = asked(seen)
        low, high = int(query.get("min_id", "0")), int(query.get("max_id", "9999999"))
        found = [number for number in sorted(self.posts) if low < number < high]
        page = found[:40] if "min_id" in query else found[-40:]
        return self._say(seen, list(reversed(page)))

    def endless(self, seen: Seen, draw: Draw) -> Reply | None:
        return self._say(seen, sorted(draw.numbers(40, up="min_id" in asked(seen)), reverse=True))

    def _say(self, seen: Seen, numbers: list[int]) -> Reply | None:
        if path_of(seen) == "/api/v2/instance":
            return in_json({"domain": "m.example"})
        if path_of(seen) == "/api/v1/timelines/public":
            return in_json([self._status(number) for number in numbers])
        if path_of(seen) == "/api/v1/statuses":
            wanted = parse_qs(urlsplit(seen.path).query).get("id[]", [])
            return in_json([self._status(int(number)) for number in wanted])
        return None

    def _status(self, number: int) -> dict[str, Any]:
        uri = f"https://m.example/s/{number}"
        at = self.posts.get(number, datetime.now(UTC)).isoformat()
        content = f"<p>{words(number)}</p>"
        return {
            "id": str(number),
            "uri": uri,
            "url": uri,
            "created_at": at,
            "content": content,
            "account": {"acct": "a"},
        }


class Bluesky(Platform):
    kind = SourceKind.BLUESKY
    fields: ClassVar[dict[str, Any]] = {"account": "ana.example"}

    def answer(self, seen: Seen) -> Reply | None:
        return AppView(*(view(number, at, words(number)) for number, at in self.posts.items())).reply(seen.path)

    def endless(self, seen: Seen, draw: Draw) -> Reply | None:
        if path_of(seen) != FEED:
            return self.answer(seen)
        now = datetime.now(UTC)
        return in_json({"feed": [{"post": view(n, now, words(n))} for n in draw.numbers(50)], "cursor": draw.token()})


class Telegram(Platform):
    kind, path = SourceKind.TELEGRAM, "/s/samplechannel"

    def answer(self, seen: Seen) -> Reply | None:
        if path_of(seen) != self.path:
            return None
        shown = {number: message(number, words(number), at=at) for number, at in self.posts.items()}
        page = Channel(Site(), messages=shown, top=0)
        return 200, HTML, page.page(**{name: int(value) for name, value in asked(seen).items()}).encode()

    def endless(self, seen: Seen, draw: Draw) -> Reply | None:
        numbers = sorted(draw.numbers(20, up="after" in asked(seen)))
        return 200, HTML, preview(*(message(number, words(number)) for number in numbers)).encode()


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


class Keyed(Platform):
    """What is the same for the platforms that want a key; tests/crawlers/keyed/peers.py has the rest."""

    peer: Peer

    def entry(self) -> dict[str, Any]:
        """See Platform."""
        return {**super().entry(), "target": self.peer.target, "credentials": self.peer.credentials}

    def post(self, number: int) -> None:
        super().post(number)
        self.peer.items[number] = Item(number, words(number), self.posts[number].replace(microsecond=0))

    def answer(self, seen: Seen) -> Reply | None:
        status, headers, data = self.peer.answer(self.call(seen))
        return status, {**JSON, **headers}, json.dumps(data).encode()

    @staticmethod
    def call(seen: Seen) -> Call:
        headers = {name.lower(): value for name, value in seen.headers.items()}
        return Call(seen.method, path_of(seen), asked(seen), headers)

    @staticmethod
    def items(draw: Draw, count: int) -> list[Item]:
        return [Item(number, words(number), draw.at) for number in draw.numbers(count)]


class YouTubeApi(Keyed):
    kind = SourceKind.YOUTUBE

    def __init__(self) -> None:
        super().__init__()
        self.peer = self.made = YouTube()

    def endless(self, seen: Seen, draw: Draw) -> Reply | None:
        if "id" in asked(seen):
            return in_json({"items": []})
        found = self.items(draw, 50)
        if path_of(seen) == "/comments":
            shown = [self.made.reply(self.items(draw, 1)[0], one) for one in found]
        else:
            shown = [self.made.thread(Item(one.number, one.text, one.at, replies=found)) for one in found]
        return in_json({"items": shown, "nextPageToken": draw.token()})


class VkApi(Keyed):
    kind = SourceKind.VK

    def __init__(self) -> None:
        super().__init__()
        self.peer = self.made = Vk()

    def endless(self, seen: Seen, draw: Draw) -> Reply | None:
        items = [self.made.post(one) for one in self.items(draw, 100)]
        return in_json({"response": {"count": 10**6, "items": items, "next_from": draw.token()}})


class XApi(Keyed):
    kind = SourceKind.X
    fields: ClassVar[dict[str, Any]] = {"limits": {"money": 1.0, "money_month": 5.0}}

    def __init__(self) -> None:
        super().__init__()
        self.peer = self.made = X()

    def endless(self, seen: Seen, draw: Draw) -> Reply | None:
        data = [self.made.post(one) for one in self.items(draw, 10)]
        return in_json({"data": data, "meta": {"result_count": 10, "next_token": draw.token()}})


class RedditApi(Keyed):
    kind = SourceKind.REDDIT

    def __init__(self) -> None:
        super().__init__()
        self.peer = self.made = Reddit()

    def endless(self, seen: Seen, draw: Draw) -> Reply | None:
        if "/r/" not in seen.path:
            return self.answer(seen)
        odd = 1 if seen.path.startswith("/r/example_town/comments") else 0
        things = [self.made.thing(Item(2 * one.number + odd, one.text, one.at)) for one in self.items(draw, 100)]
        return in_json(self.made.listing(things, f"t3_{draw.token()}"))


PLATFORMS: tuple[type[Platform], ...] = (
    Feeds, Sitemap, Gdelt, Mastodon, Bluesky, Telegram, BoardPages, Discourse, LemmyServer, Isso, YouTubeApi, VkApi,
    XApi, RedditApi,
)  # fmt: skip
