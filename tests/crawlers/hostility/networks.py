"""Platforms on which persons post: Mastodon, Bluesky, Telegram."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from config import SourceKind
from tests.crawlers.appview import FEED, AppView, view
from tests.crawlers.hostility.platform import Draw, Platform, asked, in_json, path_of, words
from tests.crawlers.outlet import HTML
from tests.crawlers.site import Site
from tests.crawlers.telegram_channel import Channel, message, preview
from tests.peers.hostile import Reply, Seen


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
