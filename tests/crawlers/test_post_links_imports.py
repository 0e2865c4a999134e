"""What captures, exports and mapped files say of other posts and of people; see test_post_links.py."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crawlers import ImportMapping, import_file
from crawlers.importers.formats import FORMATS
from ledger import Ledger
from records import make_post_id
from tests.crawlers.conftest import make_source, posts
from tests.crawlers.linked import Linked


def drafted(name: str, item: dict[str, Any]) -> Linked:
    found = FORMATS[name].read(item)
    return Linked(found.reply_to, found.thread, found.quotes, found.mentions)


def test_captures_and_exports() -> None:
    legacy = {
        "full_text": "x",
        "in_reply_to_status_id_str": "11",
        "conversation_id_str": "10",
        "quoted_status_id_str": "12",
        "entities": {"user_mentions": [{"id_str": "7", "screen_name": "ana"}, {"screen_name": "ben"}]},
    }
    assert drafted("zeeschuimer", {"rest_id": "20", "legacy": legacy}) == Linked("11", "10", "12", ("7",))
    marked = [{"userUniqueId": "ana.x"}, {"hashtagName": "boza"}, {"userUniqueId": ""}]
    video = {"id": "73", "desc": "x", "createTime": 1, "author": {"uniqueId": "a"}, "textExtra": marked}
    assert drafted("zeeschuimer", video) == Linked(None, "73", None, ("ana.x",))
    assert drafted("zeeschuimer", {**video, "duetInfo": {"duetFromId": "72"}}).quotes == "72"
    assert drafted("zeeschuimer", {**video, "duetInfo": {"duetFromId": "0"}}).quotes is None
    comment = {"cid": "5", "text": "x", "aweme_id": "73", "reply_id": "0"}
    assert drafted("zeeschuimer", comment) == Linked("73", "73")
    assert drafted("zeeschuimer", {**comment, "reply_id": "4"}) == Linked("comment/4", "73")


def test_the_research_api_of_tiktok() -> None:
    video = {"id": 73, "video_description": "x", "username": "a", "video_mention_list": ["ana.x", "@ben"]}
    assert drafted("tiktok-research", video) == Linked(None, "73", None, ("ana.x", "ben"))
    comment = {"id": 5, "text": "x", "video_id": 73, "parent_comment_id": 73}
    assert drafted("tiktok-research", comment) == Linked("73", "73")
    assert drafted("tiktok-research", {**comment, "parent_comment_id": 4}) == Linked("comment/4", "73")
    assert drafted("tiktok-research", {**comment, "parent_comment_id": "7.3E+18"}).reply_to == "73", (
        "a rounded id names none"
    )


FILE = make_source("", id="file", kind="import", author_kind="person")


def load(
    tmp_path: Path, ledger: Ledger, rows: list[dict[str, Any]], mapping: dict[str, Any]
) -> tuple[Any, dict[str, Any]]:
    file = tmp_path / "posts.ndjson"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    rules = ImportMapping.model_validate(mapping)
    report = import_file(ledger, file, FILE, rules, now=datetime(2026, 11, 20, tzinfo=UTC))
    return report, posts(ledger)


def test_a_mapping_names_the_fields_of_links(tmp_path: Path, ledger: Ledger) -> None:
    rows = [
        {"id": 1, "text": "advert", "author": "ana"},
        {"id": 2, "text": "answer", "up": {"id": 1}, "top": 1, "of": "1", "who": "@ana, ben"},
        {"id": 3, "text": "numbers", "who": [7, "ana"]},
    ]
    fields = {"reply_to": "up.id", "thread": "top", "quotes": "of", "mentions": "who"}
    report, stored = load(tmp_path, ledger, rows, {"fields": fields})
    advert = make_post_id("import", "file:1")
    answer = stored["file:2"]
    assert [answer[name] for name in ("reply_to", "thread", "quotes")] == [advert] * 3
    assert answer["mentions"][0] == stored["file:1"]["author"]
    assert [len(stored[key]["mentions"] or ()) for key in sorted(stored)] == [0, 2, 2]
    assert report.remarks == {}


def test_columns_that_happen_to_have_such_names_are_not_links(tmp_path: Path, ledger: Ledger) -> None:
    row = {"id": 1, "text": "x", "quotes": 12, "mentions": 3, "thread": True, "reply_to": {"a": 1}}
    report, stored = load(tmp_path, ledger, [row], {})
    assert report.problems == {}
    assert [stored["file:1"][name] for name in ("reply_to", "thread", "quotes", "mentions")] == [None] * 4


def test_a_link_that_cannot_be_read_leaves_the_post_whole(tmp_path: Path, ledger: Ledger) -> None:
    rows: list[dict[str, Any]] = [
        {"id": "https://n.example/1", "text": "x", "reply_to": "no address", "thread": ["y"], "quotes": "7,3E+18"},
        {"id": "https://n.example/2", "text": "x", "mentions": 5},
    ]
    fields = {name: name for name in ("reply_to", "thread", "quotes", "mentions")}
    report, stored = load(tmp_path, ledger, rows, {"platform": "web", "fields": fields})
    assert list(stored) == ["https://n.example/1"]
    assert {word: problem.count for word, problem in report.remarks.items()} == {
        "odd_reply_to": 1,
        "odd_thread": 1,
        "odd_quotes": 1,
    }
    assert set(report.problems) == {"wrong_type_mentions"}
    assert stored["https://n.example/1"]["thread"] is None
