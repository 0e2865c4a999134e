"""Imports: what lands, what is refused and how it is said, on a real ledger."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config import ConfigError
from crawlers import ImportMapping, ImportRefused, import_file, load_mapping
from crawlers.importers import ndjson_rows
from ledger import Ledger, SourceWindows, coverage_windows, read_source
from tests.crawlers.conftest import make_source, posts, rows

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
FILE = make_source("", id="file", kind="import")
OTHER = make_source("", id="other", kind="import")


def lines(*records: object) -> str:
    return "".join((record if isinstance(record, str) else json.dumps(record)) + "\n" for record in records)


def test_plain_fields_need_no_mapping_and_nothing_lands_twice(tmp_path: Path, ledger: Ledger) -> None:
    file = tmp_path / "posts.ndjson"
    file.write_text(
        lines(
            {"id": 1, "text": "Boza boza", "lang": "AR", "published_at": "2026-03-01T10:00:00+03:00", "author": "x"},
            {"id": "2", "text": "", "title": "Only a title", "url": "https://a.example/2", "unknown": {"a": 1}},
        )
    )
    source = make_source("", id="file", kind="import", author_kind="organisation")
    report = import_file(ledger, file, source, now=NOW)
    assert (report.rows, report.landed.new, report.problems, report.dates_unknown) == (2, 2, {}, 1)
    stored = posts(ledger)
    assert stored["file:1"]["published_at"] == datetime(2026, 3, 1, 7, tzinfo=UTC)
    assert stored["file:1"]["lang_hint"] == "ar"
    assert stored["file:1"]["author"] not in (None, "x")
    assert stored["file:2"]["published_estimated"], "an unknown date stays unknown"
    assert stored["file:2"]["author_kind"] == "organisation"
    assert rows(ledger, "raw")[0]["media_type"] == "application/json"
    again = import_file(ledger, file, source)
    assert (again.landed.new, again.landed.unchanged) == (0, 2)


def test_bad_rows_are_counted_with_their_first_line_and_the_rest_goes_on(
    tmp_path: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ndjson_rows, "MAX_LINE", 2000)
    file = tmp_path / "posts.ndjson"
    file.write_bytes(
        lines(
            {"id": 1, "text": "good"},
            "not json {",
            "",
            ["a", "list"],
            {"id": 5},
            {"text": "no id"},
            {"id": True, "text": "odd id"},
            {"id": 8, "text": ["odd text"]},
            {"id": 9, "text": "x" * 3000},
            {"id": 10, "text": "odd date", "published_at": {"a": 1}},
            {"id": 11, "text": "old", "published_at": "1901-01-01"},
            {"id": 12, "text": "ahead", "published_at": "2990-01-01"},
            {"id": 13, "text": "words", "published_at": "last week"},
            "not json either",
            {"id": 15, "text": "nul \u0000 and \ud800"},
            "[" * 1900,
        ).encode("utf-8", "surrogatepass")
        + b'{"id": 17, "text": "no newline at the end"}'
    )
    report = import_file(ledger, file, FILE, now=NOW)
    assert {reason: (problem.count, problem.first_line) for reason, problem in report.problems.items()} == {
        "not_json": (3, 2),
        "not_an_object": (1, 4),
        "missing_text": (1, 5),
        "missing_id": (1, 6),
        "wrong_type_id": (1, 7),
        "wrong_type_text": (1, 8),
        "line_too_long": (1, 9),
        "wrong_type_published_at": (1, 10),
    }
    assert report.date_faults == {"ancient_date": 1, "future_date": 1, "unreadable_date": 1}
    assert sorted(posts(ledger)) == ["file:1", "file:11", "file:12", "file:13", "file:15", "file:17"]
    assert report.rows == report.landed.new + sum(problem.count for problem in report.problems.values())
    kept = rows(ledger, "rejected")
    assert [row["reason"] for row in kept][:2] == ["not_json", "not_an_object"]
    assert kept[0]["body"] == b"not json {"
    poll = rows(ledger, "poll")[0]
    assert poll["outcome"] == "ok"
    assert poll["not_landed"]["not_json"] == 3
    assert "3 rows not_json, first in line 2" in poll["message"]


def test_csv_with_a_mapping(tmp_path: Path, ledger: Ledger) -> None:
    file = tmp_path / "export.csv"
    file.write_bytes(
        "\ufeffnr;meldung;wann;von;likes;tags\n"
        '7;"Überfahrt; mit\nzwei Zeilen";31.12.2025 23:30;Ana;12;#boza, migration\n'
        "8;kurz\n"
        "9;ohne Datum;;;x;\n".encode()
    )
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(
        """
platform: telegram
fields:
  id: "Invented_Channel/{nr}"
  text: [fehlt, meldung]
  published_at: wann
  author: von
  lang: {value: de}
  hashtags: tags
engagement: {likes: likes}
dates: ["%d.%m.%Y %H:%M", iso]
timezone: Europe/Berlin
"""
    )
    report = import_file(ledger, file, FILE, load_mapping(mapping), now=NOW)
    stored = posts(ledger)
    assert list(stored) == ["invented_channel/7", "invented_channel/9"]
    first = stored["invented_channel/7"]
    assert (first["platform"], first["text"]) == ("telegram", "Überfahrt; mit\nzwei Zeilen")
    assert first["published_at"] == datetime(2025, 12, 31, 22, 30, tzinfo=UTC)
    assert (first["engagement"], first["hashtags"], first["lang_hint"]) == ({"likes": 12}, ["boza", "migration"], "de")
    assert (report.problems["wrong_columns"].first_line, report.dates_unknown) == (4, 1)
    assert report.remarks["unreadable_count"].first_line == 5


def test_an_imports_dates_are_iso_unless_the_mapping_says_otherwise(tmp_path: Path, ledger: Ledger) -> None:
    file = tmp_path / "posts.ndjson"
    dates = ("05.03.2026", "03/04/2026 10:00", "10/11/12", "Sun, 01 Mar 2026 12:00:00 CET", " 2026-03-05T10:00Z")
    file.write_text(lines(*({"id": n, "text": "x", "published_at": date} for n, date in enumerate(dates))))
    report = import_file(ledger, file, FILE, now=NOW)
    assert (report.date_faults, report.dates_unknown) == ({"unreadable_date": 4}, 4)
    import_file(ledger, file, OTHER, ImportMapping(dates=("%d.%m.%Y",)), now=NOW)
    assert posts(ledger)["other:0"]["published_at"] == datetime(2026, 3, 5, tzinfo=UTC)


def test_spread_dates_are_the_same_each_time_and_said_aloud(tmp_path: Path, ledger: Ledger) -> None:
    file = tmp_path / "posts.jsonl"
    file.write_text(
        lines(*({"id": n, "text": "x"} for n in range(200)), {"id": 999, "text": "y", "published_at": "2020-01-01"})
    )
    spread = {"days": 300, "until": "2026-11-01"}
    mapping = ImportMapping.model_validate({"spread_dates": spread})
    report = import_file(ledger, file, FILE, mapping, now=NOW)
    assert (report.dates_spread, report.dates_unknown) == (200, 0)
    assert "dates are spread, not real: 200 rows" in report.message
    assert "dates are spread, not real" in rows(ledger, "poll")[0]["message"]
    stored = posts(ledger)
    assert stored["file:999"]["published_at"] == datetime(2020, 1, 1, tzinfo=UTC)
    dates = [stored[f"file:{n}"]["published_at"] for n in range(200)]
    until = datetime(2026, 11, 1, tzinfo=UTC)
    assert until - timedelta(days=300) <= min(dates) < until - timedelta(days=270)
    assert until - timedelta(days=30) < max(dates) < until
    assert mapping.spread_dates is not None
    assert mapping.spread_dates.spread("5") == stored["file:5"]["published_at"]


def test_a_web_import_meets_the_same_article_from_a_feed(tmp_path: Path, ledger: Ledger) -> None:
    file = tmp_path / "web.ndjson"
    file.write_text(lines({"id": "https://N.example/a?utm_source=x#top", "text": "a"}, {"id": "no url", "text": "b"}))
    report = import_file(ledger, file, FILE, ImportMapping(platform="web"))
    assert list(posts(ledger)) == ["https://n.example/a"]
    assert report.problems["id_is_no_url"].first_line == 2


def test_windows_are_stated_or_unknown(tmp_path: Path, ledger: Ledger) -> None:
    file = tmp_path / "posts.ndjson"
    file.write_text(lines({"id": 1, "text": "a"}))
    import_file(ledger, file, FILE)
    assert coverage_windows(ledger) == {}
    window = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))
    import_file(ledger, file, FILE, window=window)
    assert coverage_windows(ledger) == {"file": SourceWindows((window,))}
    ahead = datetime.now(UTC) + timedelta(minutes=1)
    for wrong in ((window[0], None), (window[1], window[0]), (window[0], ahead)):
        with pytest.raises(ImportRefused, match="window"):
            import_file(ledger, file, FILE, window=wrong)


def test_files_of_another_kind_are_refused_with_a_way_out(tmp_path: Path, ledger: Ledger) -> None:
    with pytest.raises(ImportRefused, match="there is no file"):
        import_file(ledger, tmp_path / "missing.csv", FILE)
    listed = tmp_path / "list.json"
    listed.write_text('[{"id": 1, "text": "a"}]')
    with pytest.raises(ImportRefused, match="jq -c"):
        import_file(ledger, listed, FILE)
    empty = tmp_path / "empty.csv"
    empty.write_text("")
    with pytest.raises(ImportRefused, match="header line"):
        import_file(ledger, empty, FILE)
    binary = tmp_path / "picture.ndjson"
    binary.write_bytes(bytes(range(256)) * 50)
    assert import_file(ledger, binary, FILE).landed.new == 0
    assert rows(ledger, "poll")[-1]["outcome"] == "failed"
    refused = make_source("", id="file", kind="import", purpose="")
    with pytest.raises(ImportRefused, match="no purpose"):
        import_file(ledger, binary, refused)
    assert read_source(ledger, "file").health == "failed"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("fields: {nr: x}", "fields"),
        ("dates: [soon]", "is no date format"),
        ("timezone: Mars/Base", "is no time zone"),
        ("spread_dates: {days: 0, until: 2026-01-01}", "spread_dates.days"),
        ("platfrom: x", "platfrom"),
        ("platform: Twitter", "platform"),
    ],
)
def test_a_wrong_mapping_names_its_fault(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "mapping.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=words):
        load_mapping(file)


def test_progress_is_told_every_batch(tmp_path: Path, ledger: Ledger) -> None:
    file = tmp_path / "many.ndjson"
    file.write_text(lines(*({"id": n, "text": f"post {n}"} for n in range(1100))))
    seen: list[int] = []
    assert import_file(ledger, file, FILE, progress=seen.append).landed.new == 1100
    assert seen == [500, 1000]


def test_a_crawled_source_takes_no_file(tmp_path: Path, ledger: Ledger) -> None:
    file = tmp_path / "posts.ndjson"
    file.write_text(lines({"id": 1, "text": "a"}))
    with pytest.raises(ImportRefused, match="b is a feeds source: choose another --source"):
        import_file(ledger, file, make_source("https://b.example/feed", id="b"))
    assert rows(ledger, "poll") == []
    assert rows(ledger, "source_state") == []
