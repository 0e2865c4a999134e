"""Hand-made servers that answer as the APIs of YouTube, VK, X and Reddit are documented to, over real HTTP on loopback.

No server of these platforms can be had for tests; the shapes are those of their references (November 2026). A Peer holds
posts; `add`, `edit` and `delete` change what it shows. It wants the key in the place where the platform does, and records
every call, without robots.txt in `calls`.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.crawlers.site import Asked
from tests.crawlers.site import serve as serve_site

KEYS = {"TEST_API_KEY": "kQ7-zX0_secret/key+1", "TEST_API_SECRET": "hush%20me=9f8e7d"}
"""Environment of the tests; with the signs that addresses and JSON write in other ways."""
KEY, SECRET = KEYS.values()
X_EPOCH = datetime.fromtimestamp(1288834974.657, UTC)

Reply = tuple[int, dict[str, str], Any]


@dataclass(frozen=True)
class Call:
    """One request: its path, its parameters (query or form), its headers in lower case."""

    method: str
    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass
class Item:
    """One post; ``number`` stays, ``version`` counts its edits."""

    number: int
    text: str
    at: datetime
    version: int = 0
    gone: bool = False
    replies: list[Item] = field(default_factory=list)


class Peer:
    """What all four share."""

    kind = ""
    target = ""
    credentials: tuple[str, ...] = ("TEST_API_KEY",)
    page_size = 100

    def __init__(self) -> None:
        self.base_url = ""
        self.items: dict[int, Item] = {}
        self.calls: list[Call] = []
        self.robots = "User-agent: *\nDisallow: /\n"
        self.clock: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.before: Callable[[Call], Reply | None] = lambda _: None
        """Asked before each call; what it answers is the answer."""

    def add(self, number: int, text: str, age: timedelta) -> Item:
        """A post of so long ago."""
        made = self.items[number] = Item(number, text, (self.clock() - age).replace(microsecond=0))
        return made

    def edit(self, number: int, text: str) -> None:
        """Other words, the same post."""
        self.items[number].text = text
        self.items[number].version += 1

    def delete(self, number: int) -> None:
        """Gone from every list."""
        self.items[number].gone = True

    def newest_first(self) -> list[Item]:
        """What is there."""
        there = [item for item in self.items.values() if not item.gone]
        return sorted(there, key=lambda item: (item.at, item.number), reverse=True)

    def native_id(self, number: int) -> str:
        """The id of a post as Daymark keeps it."""
        raise NotImplementedError

    def answer(self, call: Call) -> Reply:
        """The API's answer to a call."""
        raise NotImplementedError

    def hear(self, asked: Asked) -> tuple[int, dict[str, str], bytes]:
        """The answer to a request, which is recorded."""
        parts = urlsplit(asked.path)
        if parts.path == "/robots.txt":
            return 200, {"Content-Type": "text/plain"}, self.robots.encode()
        params = {**parse_qs(parts.query), **parse_qs(asked.body.decode())}
        headers = {name.lower(): value for name, value in asked.headers.items()}
        call = Call(asked.method, parts.path, {key: values[0] for key, values in params.items()}, headers)
        self.calls.append(call)
        status, more, found = self.before(call) or self.answer(call)
        body = found if isinstance(found, bytes) else json.dumps(found).encode()
        return status, {"Content-Type": "application/json", **more}, body

    def entry(self, **fields: Any) -> dict[str, Any]:
        """The source's entry in the register."""
        return {"url": self.base_url, "kind": self.kind, "target": self.target, "credentials": self.credentials,
                "author_kind": "person", **fields}  # fmt: skip


def page_of(items: list[Any], token: str | None, size: int) -> tuple[list[Any], str | None]:
    """A page from a list and the token of the next one."""
    start = int(token or 0)
    return items[start : start + size], str(start + size) if start + size < len(items) else None


class YouTube(Peer):
    """commentThreads.list and comments.list."""

    kind, target = "youtube", "video:Vid_0000001"

    def native_id(self, number: int) -> str:
        return f"Ug{number:05d}x"

    def answer(self, call: Call) -> Reply:
        if call.headers.get("x-goog-api-key") != KEY:
            return 400, {}, self.error(400, "badRequest")
        if call.path == "/comments" and "parentId" in call.params:
            parent = next(
                item for item in self.items.values() if self.native_id(item.number) == call.params["parentId"]
            )
            replies, token = page_of(parent.replies, call.params.get("pageToken"), int(call.params["maxResults"]))
            return 200, {}, {"items": [self.bare(self.reply(parent, item)) for item in replies], **self.next(token)}
        if "id" in call.params:
            wanted = call.params["id"].split(",")
            there = [item for item in self.newest_first() if self.native_id(item.number) in wanted]
            if call.path == "/comments":
                return 200, {}, {"items": [self.bare(self.comment(item)) for item in there]}
            return 200, {}, {"items": [self.thread(item) for item in there]}
        assert call.path == "/commentThreads"
        assert (call.params["order"], call.params["videoId"]) == ("time", "Vid_0000001")
        size = min(self.page_size, int(call.params["maxResults"]))
        items, token = page_of(self.newest_first(), call.params.get("pageToken"), size)
        return 200, {}, {"kind": "youtube#x", "items": [self.thread(item) for item in items], **self.next(token)}

    @staticmethod
    def error(code: int, reason: str) -> dict[str, Any]:
        return {"error": {"code": code, "message": "…", "errors": [{"reason": reason, "domain": "youtube"}]}}

    @staticmethod
    def next(token: str | None) -> dict[str, Any]:
        return {"nextPageToken": token} if token else {}

    def comment(self, item: Item) -> dict[str, Any]:
        written = f"{item.at:%Y-%m-%dT%H:%M:%SZ}"
        edited = f"{item.at + timedelta(minutes=item.version):%Y-%m-%dT%H:%M:%SZ}"
        snippet = {
            "videoId": "Vid_0000001", "textOriginal": item.text, "textDisplay": item.text, "publishedAt": written,
            "updatedAt": edited, "authorDisplayName": "@ana.example", "authorChannelId": {"value": "UC_ana"},
            "likeCount": 3, "canRate": True, "viewerRating": "none",
        }  # fmt: skip
        return {"kind": "youtube#comment", "id": self.native_id(item.number), "snippet": snippet}

    def reply(self, parent: Item, item: Item) -> dict[str, Any]:
        made = self.comment(item)
        thread = self.native_id(parent.number)
        return {**made, "id": f"{thread}.r{item.number}", "snippet": {**made["snippet"], "parentId": thread}}

    @staticmethod
    def bare(comment: dict[str, Any]) -> dict[str, Any]:
        """As comments.list gives it: only threads say which video they stand below."""
        return {**comment, "snippet": {key: value for key, value in comment["snippet"].items() if key != "videoId"}}

    def thread(self, item: Item) -> dict[str, Any]:
        snippet = {
            "videoId": "Vid_0000001", "topLevelComment": self.comment(item), "canReply": True, "isPublic": True,
            "totalReplyCount": len(item.replies),
        }  # fmt: skip
        shown = [self.reply(item, reply) for reply in item.replies[-2:]]
        replies = {"replies": {"comments": shown}} if shown else {}
        return {"kind": "youtube#commentThread", "id": self.native_id(item.number), "snippet": snippet, **replies}


class Vk(Peer):
    """wall.get, wall.getById and newsfeed.search; errors come with HTTP 200 and repeat the parameters."""

    kind, target = "vk", "wall:-77"

    def native_id(self, number: int) -> str:
        return f"-77_{number}"

    def answer(self, call: Call) -> Reply:
        assert call.method == "POST"
        if call.params.get("access_token") != KEY:
            return 200, {}, self.error(5, call)
        if call.path == "/wall.getById":
            wanted = call.params["posts"].split(",")
            there = [self.post(item) for item in self.newest_first() if self.native_id(item.number) in wanted]
            return 200, {}, {"response": {"items": there}}
        found = self.newest_first()
        if call.path == "/newsfeed.search":
            found = [item for item in found if item.at.timestamp() >= int(call.params["start_time"])]
            items, token = page_of(found, call.params.get("start_from"), min(self.page_size, int(call.params["count"])))
            more = {"next_from": token} if token else {}
            return 200, {}, {"response": {"count": len(found), "items": [self.post(item) for item in items], **more}}
        assert (call.path, call.params["owner_id"]) == ("/wall.get", "-77")
        items, _ = page_of(found, call.params["offset"], int(call.params["count"]))
        return 200, {}, {"response": {"count": len(found), "items": [self.post(item) for item in items]}}

    @staticmethod
    def error(code: int, call: Call) -> dict[str, Any]:
        params = [{"key": key, "value": value} for key, value in call.params.items()]
        return {"error": {"error_code": code, "error_msg": "…", "request_params": params}}

    def post(self, item: Item) -> dict[str, Any]:
        at = int(item.at.timestamp())
        return {
            "id": item.number, "owner_id": -77, "from_id": -77, "date": at, "text": item.text, "post_type": "post",
            "attachments": [{"type": "photo", "photo": {"id": 1, "text": "A boat", "sizes": []}}],
            "comments": {"count": 2}, "likes": {"count": 5}, "reposts": {"count": 1}, "views": {"count": 90},
            **({"edited": at + 60 * item.version} if item.version else {}),
        }  # fmt: skip


class X(Peer):
    """tweets/search/recent and tweets by id. `billed` is what the platform would charge for, in posts."""

    kind, target = "x", "boat OR border"

    def __init__(self) -> None:
        super().__init__()
        self.billed: set[str] = set()

    def native_id(self, number: int) -> str:
        return self.id_of(self.items[number])

    @staticmethod
    def id_of(item: Item) -> str:
        return str((((item.at - X_EPOCH) // timedelta(milliseconds=1)) << 22) + item.number)

    def newest_id(self, item: Item) -> str:
        moved = timedelta(seconds=item.version)
        return str((((item.at + moved - X_EPOCH) // timedelta(milliseconds=1)) << 22) + item.number)

    def answer(self, call: Call) -> Reply:
        if call.headers.get("authorization") != f"Bearer {KEY}":
            return 401, {}, {"title": "Unauthorized", "status": 401}
        assert "expansions" not in call.params
        if call.path == "/2/tweets":
            wanted = call.params["ids"].split(",")
            there = [item for item in self.newest_first() if {self.id_of(item), self.newest_id(item)} & set(wanted)]
            return 200, {}, {"data": [self.post(item) for item in there], "errors": self.missing(wanted, there)}
        assert call.path == "/2/tweets/search/recent"
        assert call.params["query"] == "(boat OR border) -is:retweet"
        since = int(call.params["since_id"])
        assert since >= (((self.clock() - timedelta(days=7) - X_EPOCH) // timedelta(milliseconds=1)) << 22)
        found = [item for item in self.newest_first() if int(self.newest_id(item)) > since]
        size = int(call.params["max_results"])
        assert 10 <= size <= 100
        items, token = page_of(found, call.params.get("next_token"), size)
        meta = {"result_count": len(items), **({"next_token": token} if token else {})}
        return 200, {}, {"meta": meta, **({"data": [self.post(item) for item in items]} if items else {})}

    def missing(self, wanted: list[str], there: list[Item]) -> list[dict[str, Any]]:
        known = {key for item in there for key in (self.id_of(item), self.newest_id(item))}
        kind = "https://api.twitter.com/2/problems/resource-not-found"
        return [{"value": key, "type": kind, "title": "Not Found"} for key in wanted if key not in known]

    def post(self, item: Item) -> dict[str, Any]:
        newest, first = self.newest_id(item), self.id_of(item)
        self.billed.add(newest)
        return {
            "id": newest, "text": item.text, "created_at": f"{item.at:%Y-%m-%dT%H:%M:%S.000Z}", "author_id": "12345",
            "edit_history_tweet_ids": sorted({first, newest}, key=int), "lang": "en",
            "public_metrics": {"like_count": 1, "reply_count": 0, "retweet_count": 0, "quote_count": 0,
                               "impression_count": 7, "bookmark_count": 0},
        }  # fmt: skip


class Reddit(Peer):
    """The token, r/NAME/new (even numbers), r/NAME/comments (odd ones) and api/info."""

    kind, target = "reddit", "example_town"
    credentials = ("TEST_API_KEY", "TEST_API_SECRET")
    token = "tok-en_" + "5" * 30

    def native_id(self, number: int) -> str:
        return f"t{1 if number % 2 else 3}_a{number}"

    def answer(self, call: Call) -> Reply:
        if call.path == "/api/v1/access_token":
            proof = b64encode(f"{KEY}:{SECRET}".encode()).decode()
            if call.headers.get("authorization") != f"Basic {proof}" or call.method != "POST":
                return 401, {}, {"message": "Unauthorized", "error": 401}
            assert call.params == {"grant_type": "client_credentials"}
            return 200, {}, {"access_token": self.token, "token_type": "bearer", "expires_in": 86400, "scope": "*"}
        if call.headers.get("authorization") != f"Bearer {self.token}":
            return 401, {}, {"message": "Unauthorized", "error": 401}
        if call.path == "/api/info":
            wanted = call.params["id"].split(",")
            there = [item for item in self.items.values() if self.native_id(item.number) in wanted]
            return 200, {}, self.listing([self.thing(item) for item in there], None)
        name = call.path.removeprefix("/r/example_town/")
        odd = {"new": 0, "comments": 1}[name]
        found = [item for item in self.newest_first() if item.number % 2 == odd]
        items, after = page_of(
            found, call.params.get("after", "t0_0")[3:], min(self.page_size, int(call.params["limit"]))
        )
        return 200, {}, self.listing([self.thing(item) for item in items], f"t0_{after}" if after else None)

    @staticmethod
    def listing(children: list[Any], after: str | None) -> dict[str, Any]:
        return {
            "kind": "Listing",
            "data": {"after": after, "before": None, "dist": len(children), "children": children},
        }

    def thing(self, item: Item) -> dict[str, Any]:
        kind, _, key = self.native_id(item.number).partition("_")
        at = item.at.timestamp()
        data: dict[str, Any] = {
            "id": key, "name": f"{kind}_{key}", "created_utc": at, "author": "ana_example", "score": 4,
            "permalink": f"/r/example_town/comments/{key}/", "edited": at + 60 * item.version if item.version else False,
        }  # fmt: skip
        text = "[removed]" if item.gone else item.text
        if kind == "t3":
            data |= {"title": f"Title {item.number}", "selftext": text, "num_comments": 1, "is_robot_indexable": True,
                     "removed_by_category": "deleted" if item.gone else None}  # fmt: skip
        else:
            data |= {"body": text, "link_id": "t3_a0", "parent_id": "t3_a0"}
        return {"kind": kind, "data": data}


@contextmanager
def serve(peer: Peer) -> Iterator[Peer]:
    """The peer, running."""
    with serve_site() as site:
        peer.base_url, site.whole = site.base_url, peer.hear
        yield peer
