"""Exports that are odd: each row that is no post is counted, and a file of another shape is refused by what it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crawlers import ImportMapping, ImportRefused, import_file
from crawlers.importers import json_rows
from ledger import Ledger
from tests.crawlers.conftest import posts, rows
from tests.crawlers.import_examples import EXAMPLES, FILE, NOW, captured, load, ndjson


def test_rows_that_are_no_posts_are_counted(tmp_path: Path, ledger: Ledger) -> None:
    good = captured(0)
    withheld = {"rest_id": "5", "legacy": {"full_text": "RT", "retweeted_status_result": {"result": {"tombstone": {}}}}}
    file = ndjson(
        tmp_path / "mixed.ndjson",
        good,
        {**captured(1), "product_type": "ad"},
        {**captured(1), "code": "../p"},
        {"source_platform": "linkedin.com", "data": {"urn": "x"}},
        {**good, "id": None},
        {**good, "id": 7.3e18},
        {**good, "id": "7.3E+18"},
        {**good, "id": "sixty"},
        {**good, "desc": ["odd"]},
        {**good, "desc": "", "stickersOnItem": []},
        {**good, "id": "7300000000000000104", "createTime": "0"},
        {**good, "id": "7300000000000000105", "createTime": "soon"},
        {**good, "id": "7300000000000000000"},
        withheld,
        ["list"],
    )
    report = load(ledger, file, "zeeschuimer")
    assert {word: (problem.count, problem.first_line) for word, problem in report.problems.items()} == {
        "sponsored": (1, 2),
        "odd_id": (2, 3),
        "wrong_shape": (1, 4),
        "missing_id": (1, 5),
        "rounded_id": (2, 6),
        "wrong_type_text": (1, 9),
        "missing_text": (1, 10),
        "withheld": (1, 14),
        "not_an_object": (1, 15),
    }
    assert report.date_faults == {"ancient_date": 1, "unreadable_date": 1}
    assert report.remarks["id_ends_in_zeros"].first_line == 13
    assert report.rows == report.landed.new + sum(problem.count for problem in report.problems.values())
    assert len(rows(ledger, "rejected")) == sum(problem.count for problem in report.problems.values())


def test_answers_in_a_list_line_by_line_and_errors(tmp_path: Path, ledger: Ledger) -> None:
    videos = json.loads((EXAMPLES / "tiktok-research-videos.json").read_text("utf-8"))
    comments = json.loads((EXAMPLES / "tiktok-research-comments.json").read_text("utf-8"))
    error = {"data": {}, "error": {"code": "invalid_params", "message": "no"}}
    listed = tmp_path / "list.json"
    listed.write_text(json.dumps([videos, error, comments, 7], indent=1), "utf-8")
    report = load(ledger, listed, "tiktok-research")
    assert (report.rows, report.landed.new) == (4, 2)
    assert {word: problem.first_line for word, problem in report.problems.items()} == {
        "error_answer": 2,
        "not_an_object": 4,
    }
    lines = ndjson(tmp_path / "lines.ndjson", error, videos, comments["data"]["comments"][0])
    report = load(ledger, lines, "tiktok-research")
    assert (report.rows, report.landed.unchanged, report.problems["error_answer"].first_line) == (3, 2, 1)


def test_a_large_document_is_asked_for_line_by_line(
    tmp_path: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_rows, "MOST_BYTES", 10)
    listed = tmp_path / "list.json"
    listed.write_text(json.dumps([captured(0)]), "utf-8")
    with pytest.raises(ImportRefused, match="jq -c"):
        load(ledger, listed, "zeeschuimer")


@pytest.mark.parametrize(
    ("file", "name", "words"),
    [
        (
            "crowdtangle.csv",
            "meta-facebook",
            ["Meta Content Library CSV of Facebook", "creation_time", "--format crowdtangle"],
        ),
        ("meta-facebook.csv", "meta-instagram", ["no surface.type", "--format meta-facebook"]),
        ("meta-instagram.csv", "meta-facebook", ["statistics.love_count", "--format meta-instagram"]),
        ("meta-facebook.csv", "crowdtangle", ["lacks URL, Post Created or Created"]),
        ("zeeschuimer.ndjson", "tiktok-research", ["TikTok Research API", "--format zeeschuimer"]),
        ("tiktok-research-videos.json", "zeeschuimer", ["expected TikTok videos", "posts of X"]),
        ("crowdtangle.csv", "zeeschuimer", ["NDJSON of Zeeschuimer or 4CAT", "--format crowdtangle"]),
    ],
)
def test_a_file_of_another_shape_is_refused_and_named(ledger: Ledger, file: str, name: str, words: list[str]) -> None:
    with pytest.raises(ImportRefused) as caught:
        load(ledger, EXAMPLES / file, name)
    assert all(word in str(caught.value) for word in words), str(caught.value)
    assert str(caught.value).startswith(f"{file} is no ")
    assert posts(ledger) == {}
    assert rows(ledger, "poll")[0]["outcome"] == "failed"


def test_a_refusal_quotes_nothing_of_the_file(tmp_path: Path, ledger: Ledger) -> None:
    file = tmp_path / "headless.csv"
    file.write_text("call +44 7700 900123,somebody\n1,2\n", "utf-8")
    with pytest.raises(ImportRefused) as caught:
        load(ledger, file, "crowdtangle")
    assert "7700" not in str(caught.value)
    assert "somebody" not in str(caught.value)


def test_a_file_without_a_readable_row_is_refused_and_an_empty_one_is_empty(tmp_path: Path, ledger: Ledger) -> None:
    broken = tmp_path / "broken.ndjson"
    broken.write_text("{no\n" * 30, "utf-8")
    with pytest.raises(ImportRefused, match=r"none of its first 20 rows can be read \(not_json\)"):
        load(ledger, broken, "zeeschuimer")
    empty = tmp_path / "empty.ndjson"
    empty.write_text("", "utf-8")
    assert load(ledger, empty, "zeeschuimer").rows == 0
    assert rows(ledger, "poll")[-1]["outcome"] == "empty"


def test_bad_lines_before_the_first_item_are_counted(tmp_path: Path, ledger: Ledger) -> None:
    file = tmp_path / "cut.ndjson"
    file.write_text('{"cut off\n' + json.dumps(captured(0)) + "\n", "utf-8")
    report = load(ledger, file, "zeeschuimer")
    assert (report.landed.new, report.problems["not_json"].first_line) == (1, 1)


def test_a_format_knows_its_fields(ledger: Ledger) -> None:
    with pytest.raises(ImportRefused, match="there is no format 'facebook'; there are meta-facebook"):
        load(ledger, EXAMPLES / "meta-facebook.csv", "facebook")
    rules = ImportMapping.model_validate({"platform": "facebook", "fields": {"id": "id"}})
    with pytest.raises(ImportRefused, match="encoding, sheet, timezone, and not fields, platform"):
        load(ledger, EXAMPLES / "meta-facebook.csv", "meta-facebook", rules)


def test_an_id_that_a_spreadsheet_rounded_is_refused_in_any_file(tmp_path: Path, ledger: Ledger) -> None:
    file = tmp_path / "rounded.csv"
    file.write_text("id,text\n7.21346E+18,a\n7.21346E+18,b\n12,c\n3e5,d\n", "utf-8")
    report = import_file(ledger, file, FILE, now=NOW)
    assert report.problems["rounded_id"].count == 2
    assert sorted(posts(ledger)) == ["file:12", "file:3e5"]
