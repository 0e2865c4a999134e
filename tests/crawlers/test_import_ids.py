"""Ids and counts of mapped imports: an id is the platform's own or refused, a count is one number or counted as unread."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from config import ConfigError
from crawlers import ImportMapping, ImportRefused, import_file, load_mapping
from crawlers.counts import read_count
from crawlers.importers import importing, landing_rows
from crawlers.importers.convert import Converter
from crawlers.importers.identities import make_identity, way_out
from crawlers.importers.problems import Row, RowFault
from crawlers.platforms.discourse.posts import make_native_id, place_of
from crawlers.platforms.telegram.posts import post_id
from ledger import LandReport, Ledger, land
from records import AuthorKind, Landing, make_post_id
from tests.crawlers.conftest import make_source, posts, rows
from tests.crawlers.forum_given import post_id as board_post

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
FILE = make_source("", id="file", kind="import")
COUNTED = ImportMapping(engagement={"views": "views"})


def written(folder: Path, *records: dict[str, Any]) -> Path:
    file = folder / "posts.ndjson"
    file.write_text("".join(json.dumps(record) + "\n" for record in records))
    return file


def mapped(folder: Path, text: str) -> ImportMapping:
    file = folder / "mapping.yaml"
    file.write_text(text)
    return load_mapping(file)


# Counts


@pytest.mark.parametrize(
    ("cell", "count"),
    [
        (1234, 1234),
        (12.0, 12),
        (" 1234 ", 1234),
        ("12.0", 12),
        ("12,00", 12),
        ("-3", -3),
        ("1,234", 1234),
        ("1.234", 1234),
        ("12,000", 12_000),
        ("1 234 567", 1_234_567),
        ("1\u202f234", 1234),
        ("1'234", 1234),
        ("1,234,567", 1_234_567),
        ("1.234.000", 1_234_000),
        ("١٬٢٣٤", 1234),
        ("٣٤", 34),
        ("1.5K", 1500),
        ("1,25 k", 1250),
        ("12M", 12_000_000),
        ("12.000", None),
        ("12.5", None),
        (12.5, None),
        ("1,23,456", None),
        ("1,234.567", None),
        ("1.234K", None),
        ("3B", None),
        ("²", None),
        ("①", None),
        ("٣²", None),
        ("9" * 5000, None),
        ("9" * 19, None),
        (2**63, None),
        (float("inf"), None),
        (float("nan"), None),
        (True, None),
        ("many", None),
        ([1], None),
    ],
)
def test_a_count_is_read_where_it_can_mean_one_number_only(cell: object, count: int | None) -> None:
    assert read_count(cell) == count


def test_no_cell_breaks_an_import_off_and_what_is_not_read_is_counted(tmp_path: Path, ledger: Ledger) -> None:
    cells = ("12", "²", "①", "9" * 5000, "1,234", 12.0, "1.5K", "12.5", "", None, "  ")
    records = [{"id": n, "text": f"post {n}", "views": cell} for n, cell in enumerate(cells)]
    report = import_file(ledger, written(tmp_path, *records), FILE, COUNTED, now=NOW)
    assert (report.rows, report.landed.new, report.problems) == (len(cells), len(cells), {})
    stored = posts(ledger)
    read = {n: stored[f"file:{n}"]["engagement"].get("views") for n in range(len(cells))}
    assert {n: count for n, count in read.items() if count is not None} == {0: 12, 4: 1234, 5: 12, 6: 1500}
    remark = report.remarks["unreadable_count"]
    assert (remark.count, remark.first_line) == (4, 2)
    (poll,) = rows(ledger, "poll")
    assert (poll["outcome"], poll["counts"]["unreadable_count"]) == ("ok", 4)


def test_a_count_of_a_known_export_that_cannot_be_read_is_counted(tmp_path: Path, ledger: Ledger) -> None:
    video = {
        "username": "ana",
        "create_time": 1772704800,
        "video_description": "Words",
        "like_count": "²",
        "view_count": -1,
    }
    file = tmp_path / "videos.ndjson"
    file.write_text(json.dumps({**video, "id": "7213460000000000123"}) + "\n")
    report = import_file(ledger, file, FILE, format_name="tiktok-research", now=NOW)
    assert (report.landed.new, report.remarks["unreadable_count"].count) == (1, 1)
    assert posts(ledger)["7213460000000000123"]["engagement"] == {}, "what a platform hides is no fault"


# One row's fault


def test_a_row_at_which_the_converter_fails_is_rejected_alone(
    tmp_path: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Converter.convert

    def fails(self: Converter, values: dict[str, object]) -> Any:
        if values["id"] == 2:
            raise ZeroDivisionError
        return real(self, values)

    monkeypatch.setattr(Converter, "convert", fails)
    file = written(tmp_path, *({"id": n, "text": "a"} for n in range(1, 4)))
    report = import_file(ledger, file, FILE, now=NOW)
    assert sorted(posts(ledger)) == ["file:1", "file:3"]
    assert (report.problems["fault_in_daymark"].count, report.problems["fault_in_daymark"].first_line) == (1, 2)
    (poll,) = rows(ledger, "poll")
    assert (poll["outcome"], poll["not_landed"]) == ("ok", {"fault_in_daymark": 1})
    assert [row["body"] for row in rows(ledger, "rejected")] == [b'{"id": 2, "text": "a"}']


def test_a_row_that_the_database_refuses_is_rejected_alone(
    tmp_path: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(ledger: Ledger, landings: list[Landing]) -> LandReport:
        if any(landing.post.native_id == "file:2" for landing in landings):
            raise ValueError("a value that no column takes")
        return land(ledger, landings)

    monkeypatch.setattr(landing_rows, "land", refuses)
    report = import_file(ledger, written(tmp_path, *({"id": n, "text": "a"} for n in range(1, 4))), FILE, now=NOW)
    assert sorted(posts(ledger)) == ["file:1", "file:3"]
    assert (report.landed.new, report.problems["not_storable"].first_line) == (2, 2)


def test_a_file_that_cannot_be_read_to_its_end_lands_what_was_read_and_ends_its_poll(
    tmp_path: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object) -> Iterator[Row]:
        yield Row(1, b'{"id": 1, "text": "a"}', {"id": 1, "text": "a"})
        raise RecursionError

    monkeypatch.setattr(importing, "read_rows", breaks)
    with pytest.raises(ImportRefused, match="cannot be read beyond row 1: RecursionError"):
        import_file(ledger, written(tmp_path, {"id": 1, "text": "a"}), FILE, now=NOW)
    assert sorted(posts(ledger)) == ["file:1"]
    (poll,) = rows(ledger, "poll")
    assert (poll["outcome"], poll["counts"]["new"]) == ("failed", 1)


# Ids


def test_messages_of_two_channels_are_two_posts_and_meet_the_crawled_one(tmp_path: Path, ledger: Ledger) -> None:
    rules = mapped(
        tmp_path,
        """
platform: telegram
fields:
  id: "{channel}/{message.id}"
  text: message.text
  reply_to: "{channel}/{message.parent}"
""",
    )
    records = [
        {"channel": "Invented_One", "message": {"id": 17, "text": "a"}},
        {"channel": "invented_two", "message": {"id": 17, "text": "b", "parent": 9}},
        {"channel": "invented_two", "message": {"id": 7.2e18, "text": "rounded"}},
        {"channel": "", "message": {"id": 18, "text": "no channel"}},
    ]
    report = import_file(ledger, written(tmp_path, *records), FILE, rules, now=NOW)
    stored = posts(ledger)
    assert sorted(stored) == ["invented_one/17", "invented_two/17"]
    assert (report.landed.new, report.landed.revised) == (2, 0)
    assert stored["invented_one/17"]["post_id"] == post_id("Invented_One", 17)
    assert stored["invented_two/17"]["reply_to"] == post_id("invented_two", 9)
    assert {reason: problem.count for reason, problem in report.problems.items()} == {"rounded_id": 1, "missing_id": 1}


def test_an_id_of_another_form_is_refused_and_the_report_says_how_to_build_it(tmp_path: Path, ledger: Ledger) -> None:
    file = written(tmp_path, {"id": 17, "text": "a"}, {"id": "chan/18", "text": "b", "parent": 3})
    rules = ImportMapping.model_validate({"platform": "telegram", "fields": {"reply_to": "parent"}})
    report = import_file(ledger, file, FILE, rules, now=NOW)
    assert sorted(posts(ledger)) == ["chan/18"]
    assert report.problems["id_is_no_telegram_id"].first_line == 1
    assert 'an id of telegram is channel/number: map it, for example id: "{channel}/{number}"' in report.message
    assert report.remarks["odd_reply_to"].count == 1


@pytest.mark.parametrize(
    ("platform", "taken", "refused"),
    [
        ("telegram", ("chan/1", "Chan_Nel/99"), ("1", "chan", "@chan/1", "chan/0", "-100123/1", "chan/1/2")),
        ("x", ("1234567890123456789", "123456789"), ("17", "x/1234567890", "٣" * 10, "01234567890")),
        ("youtube", ("Vid_0000001", "UgxAbC-dEf_123456789.9abc"), ("17", "12345678901", "short", "a/b" * 9)),
        ("vk", ("-77_12", "77_12"), ("12", "wall-77_12", "-77_0")),
        ("reddit", ("t3_abc", "T1_ABC9"), ("abc", "t5_abc", "17")),
        ("fediverse", ("https://a.example/users/ana/statuses/1",), ("1", "https://a.example/@ana/1", "a.example/1")),
        (
            "bluesky",
            ("at://did:plc:abc234/app.bsky.feed.post/3kabc",),
            ("3kabc", "at://ana.example/app.bsky.feed.post/3k"),
        ),
        (
            "discourse",
            ("forum.example.org/p/7", "example.org:8443/forum/p/7"),
            ("7", "forum.example.org/t/slug/17/3", "forum.example.org/p/0", "forum.example.org//p/7"),
        ),
        (
            "forum",
            ("https://board.example.org/#7", "https://board.example.org/b/#7", "https://b.example/index.php?#7"),
            (
                "7",
                "board.example.org/viewtopic.php?p=7",
                "board.example.org/b#topic-7",
                "b.example/showthread.php?t=3#7",
                "b.example/viewtopic.php#7",
            ),
        ),
        (
            "isso",
            ("comments.example.org/7-1772704800",),
            ("7", "comments.example.org/7", "comments.example.org/a/7-1772704800"),
        ),
        ("tiktok", ("7213460000000000123", "any"), ()),
    ],
)
def test_ids_have_the_form_of_their_platform(platform: str, taken: tuple[str, ...], refused: tuple[str, ...]) -> None:
    for given in taken:
        found = make_identity(platform, "file", given)
        assert found == (given.lower() if platform in ("telegram", "reddit") else given)
    for given in refused:
        with pytest.raises(RowFault) as caught:
            make_identity(platform, "file", given)
        assert way_out(caught.value.reason) is not None, given


@pytest.mark.parametrize(
    ("platform", "given", "crawled"),
    [
        ("discourse", "Forum.Example.org/p/7", "forum.example.org/p/7"),
        ("discourse", "https://forum.example.org/p/7", "forum.example.org/p/7"),
        ("forum", "board.example.org#7", "https://board.example.org/#7"),
        ("forum", "http://Board.Example.org/Forum#7", "https://board.example.org/Forum/#7"),
        ("isso", "Comments.example.org/7-1772704800", "comments.example.org/7-1772704800"),
    ],
)
def test_an_id_of_a_host_is_put_as_its_crawl_writes_it(platform: str, given: str, crawled: str) -> None:
    assert make_identity(platform, "file", given) == crawled


def test_ids_of_a_host_are_those_of_its_crawl() -> None:
    assert make_native_id(place_of("https://Forum.Example.org/"), 7) == make_identity(
        "discourse", "file", "forum.example.org/p/7"
    )
    assert board_post(7) == make_post_id("forum", make_identity("forum", "file", "board.example#7"))


@pytest.mark.parametrize(
    ("platform", "given", "refused"),
    [
        ("discourse", "forum.example.org/t/17", "forum.example.org/p/17"),
        ("forum", "https://board.example.org/#topic-17", "board.example.org#17"),
        ("isso", "comments.example.org/2026/boats.html", "7"),
        ("telegram", "chan/1", "1"),
    ],
)
def test_threads_have_ids_of_their_own_form(platform: str, given: str, refused: str) -> None:
    assert make_identity(platform, "file", given, is_thread=True) == given
    with pytest.raises(RowFault):
        make_identity(platform, "file", refused, is_thread=True)


@pytest.mark.parametrize("line", ['"{channel}/{id"', '"{}"', '"a}b"', '["{a}", "{{b}}"]'])
def test_a_broken_template_is_refused(tmp_path: Path, line: str) -> None:
    with pytest.raises(ConfigError, match="is no template"):
        mapped(tmp_path, f"fields: {{id: {line}}}")


def test_the_documented_mapping_is_one(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "import.md").read_text("utf-8")
    block = text.split("## A mapping file\n")[1].split("\n\n")[0]
    rules = mapped(tmp_path, "\n".join(line.removeprefix("    ") for line in block.splitlines()))
    row: dict[str, object] = {
        "channel": "Invented_One",
        "message": {"id": 17, "text": "Words"},
        "parent": {"id": 16},
        "stats": {"views": "1.2K"},
    }
    post = Converter(rules, "file", AuthorKind.PERSON, NOW).convert(row).post
    assert (post.native_id, post.reply_to, post.engagement) == ("invented_one/17", "invented_one/16", {"views": 1200})


def test_dates_are_spread_by_a_link_too() -> None:
    spread = {"days": 300, "until": "2026-11-01", "seed_field": "thread"}
    for fields in ({}, {"thread": "thread"}):
        rules = ImportMapping.model_validate({"spread_dates": spread, "fields": fields})
        found = [
            Converter(rules, "file", AuthorKind.PERSON, NOW).convert({"id": n, "text": "a", "thread": "t"})
            for n in (1, 2)
        ]
        assert (found[0].post.published_at == found[1].post.published_at) is bool(fields)
