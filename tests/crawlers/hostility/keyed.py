"""Platforms that want a key: YouTube, VK, X, Reddit."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from config import SourceKind
from tests.crawlers.hostility.platform import JSON, Draw, Platform, asked, in_json, path_of, words
from tests.crawlers.keyed.peers import Call, Item, Peer
from tests.crawlers.keyed.reddit import Reddit
from tests.crawlers.keyed.vk import Vk
from tests.crawlers.keyed.x import X
from tests.crawlers.keyed.youtube import YouTube
from tests.peers.hostile import Reply, Seen


class Keyed(Platform):
    """What is the same for the platforms that want a key; tests/crawlers/keyed has the rest."""

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
