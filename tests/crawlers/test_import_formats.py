"""Known exports: the example files of docs/import.md land as they are told there, and odd files say what is wrong.

The files are invented, in the fields that the platforms document: Meta's data dictionary, TikTok's Research API reference,
the items that Zeeschuimer writes and 4CAT reads, the columns of CrowdTangle's last CSV. No export of a platform was at hand.
"""

from __future__ import annotations

import csv
import json
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crawlers import IMPORT_FORMATS, ImportMapping, ImportRefused, ImportReport, import_file
from crawlers.importers import json_rows
from ledger import Ledger
from tests.crawlers.conftest import make_source, posts, rows

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
FILE = make_source("", id="file", kind="import", author_kind="person")
OTHER = make_source("", id="other", kind="import", author_kind="person")


def load(ledger: Ledger, file: Path, name: str, rules: ImportMapping | None = None) -> ImportReport:
    return import_file(ledger, file, FILE, rules, format_name=name, now=NOW)


def example(ledger: Ledger, file: str, name: str) -> dict[str, dict[str, Any]]:
    report = load(ledger, EXAMPLES / file, name)
    assert report.problems == {}
    assert report.remarks == {}
    assert report.date_faults == {}
    assert report.landed.new == report.rows > 0
    again = load(ledger, EXAMPLES / file, name)
    assert (again.landed.new, again.landed.revised, again.landed.unchanged) == (0, 0, report.rows)
    return posts(ledger)


def ndjson(path: Path, *items: object) -> Path:
    path.write_text("".join(json.dumps(item) + "\n" for item in items), "utf-8")
    return path


def table(path: Path, *items: dict[str, object]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(items[0]))
        writer.writeheader()
        writer.writerows(items)
    return path


def captured(number: int) -> dict[str, Any]:
    lines = (EXAMPLES / "zeeschuimer.ndjson").read_text("utf-8").splitlines()
    found: dict[str, Any] = json.loads(lines[number])["data"]
    return found


def test_every_format_has_an_example() -> None:
    names = {path.name for path in EXAMPLES.iterdir()}
    assert all(any(name.startswith(known) for name in names) for known in IMPORT_FORMATS)


def test_meta_content_library_of_facebook(ledger: Ledger) -> None:
    stored = example(ledger, "meta-facebook.csv", "meta-facebook")
    first, second = stored["mcl:900000000000000101"], stored["mcl:900000000000000102"]
    assert (first["platform"], first["lang_hint"], first["hashtags"]) == ("facebook", "en", ["welcome"])
    assert first["published_at"] == datetime(2026, 3, 5, 8, 15, tzinfo=UTC)
    assert first["edited_at"] == datetime(2026, 3, 5, 9, tzinfo=UTC)
    assert first["engagement"]["reactions"] == 136
    assert (first["engagement"]["comments"], first["engagement"]["views"]) == (31, 5400)
    assert first["author"] not in (None, "harbourfriends")
    assert (second["text"], second["url"]) == (
        "Şehir merkezinde yeni danışma noktası açıldı",
        "https://library.example/posts/900000000000000102",
    )
    assert second["media_text"] == "Danışma noktası açıldı\nHafta içi her gün 10-16"
    assert "views" not in second["engagement"]


def test_meta_content_library_of_instagram(ledger: Ledger) -> None:
    (post,) = example(ledger, "meta-instagram.csv", "meta-instagram").values()
    assert (post["platform"], post["native_id"]) == ("instagram", "mcl:900000000000000201")
    assert post["media_text"] == "THE SEA IS NOT A ROAD"
    assert post["engagement"] == {"likes": 310, "comments": 22, "views": 8100}


def test_crowdtangle_with_its_time_zones_and_words_in_pictures(ledger: Ledger) -> None:
    stored = example(ledger, "crowdtangle.csv", "crowdtangle")
    link, photo = stored["100000000000011_200000000000022"], stored["100000000000012_200000000000023"]
    assert link["platform"] == "facebook"
    assert link["published_at"] == datetime(2024, 5, 3, 14, 11, 12, tzinfo=UTC)
    assert link["engagement"]["likes"] == 1200
    assert link["media_text"] == "Forty people reach the harbour\nThey set out at night\nhttps://news.example/harbour"
    assert photo["published_at"] == datetime(2024, 6, 1, 7, tzinfo=UTC)
    assert (photo["text"], photo["media_text"]) == ("", "CALL FOR THE NEXT BOAT")


@pytest.mark.parametrize(
    ("text", "link", "media_text"),
    [
        ("Write to us", "https://t.me/sample_contact", "https://t.me/sample_contact"),
        ("Write to https://t.me/sample_contact now", "https://t.me/sample_contact", ""),
        ("A picture", "https://www.facebook.com/1/photos/2", ""),
        ("Odd", "javascript:x", ""),
        ("None", "", ""),
    ],
)
def test_the_link_that_a_post_is_about_is_kept(
    tmp_path: Path, ledger: Ledger, text: str, link: str, media_text: str
) -> None:
    file = tmp_path / "mcl.csv"
    file.write_text(
        "id,text,creation_time,post_owner.name,surface.type,link_attachment.link\n"
        f"1,{text},2026-03-05T08:15:00+00:00,A page,page,{link}\n",
        "utf-8",
    )
    load(ledger, file, "meta-facebook")
    (post,) = posts(ledger).values()
    assert (post["text"], post["media_text"]) == (text, media_text)


def test_tiktok_research_videos_and_comments(ledger: Ledger) -> None:
    example(ledger, "tiktok-research-videos.json", "tiktok-research")
    stored = example(ledger, "tiktok-research-comments.json", "tiktok-research")
    video, comment = stored["7300000000000000101"], stored["comment/7300000000000000201"]
    assert (video["platform"], comment["platform"]) == ("tiktok", "tiktok")
    assert video["url"] == "https://www.tiktok.com/@harbour.diary/video/7300000000000000101"
    assert video["published_at"] == datetime(2026, 3, 5, 9, 35, tzinfo=UTC)
    assert video["media_text"] == "we left at night and it was cold"
    assert video["engagement"] == {"likes": 210, "comments": 14, "shares": 6, "views": 9100, "saves": 31}
    assert video["hashtags"] == ["boza"]
    assert (comment["author"], comment["url"]) == (None, None)
    assert comment["engagement"] == {"likes": 3, "replies": 1}
    kept = [json.loads(zlib.decompress(row["body"])) for row in rows(ledger, "raw")]
    assert {item.get("region_code") for item in kept} == {"TR", None}


def test_captures_of_three_platforms_in_one_file(ledger: Ledger) -> None:
    stored = example(ledger, "zeeschuimer.ndjson", "zeeschuimer")
    tiktok, instagram, x = (stored[key] for key in ("7300000000000000101", "CxInvented01", "1900000000000000101"))
    assert [post["platform"] for post in (tiktok, instagram, x)] == ["tiktok", "instagram", "x"]
    assert (tiktok["media_text"], tiktok["lang_hint"]) == ("every week\nwrite to me", "en")
    assert tiktok["engagement"]["saves"] == 31
    assert instagram["url"] == "https://www.instagram.com/p/CxInvented01/"
    assert instagram["media_text"] == "May be an image of text that says 'THE SEA IS NOT A ROAD'"
    assert instagram["hashtags"] == ["risk"]
    assert x["text"] == "Tea & talk for new neighbours https://square.example/tea"
    assert x["url"] == "https://x.com/i/status/1900000000000000101"
    assert x["published_at"] == datetime(2026, 3, 5, 9, 35, tzinfo=UTC)
    assert x["engagement"] == {"likes": 12, "replies": 2, "reposts": 4, "quotes": 1, "views": 880}


def test_the_same_video_by_two_ways_is_one_post(ledger: Ledger) -> None:
    load(ledger, EXAMPLES / "tiktok-research-videos.json", "tiktok-research")
    again = import_file(ledger, EXAMPLES / "zeeschuimer.ndjson", OTHER, format_name="zeeschuimer", now=NOW)
    assert (again.landed.new, again.landed.revised) == (2, 1)
    assert len(posts(ledger)) == 3


def test_an_instagram_post_of_crowdtangle_and_of_a_capture_is_one(tmp_path: Path, ledger: Ledger) -> None:
    load(ledger, EXAMPLES / "zeeschuimer.ndjson", "zeeschuimer")
    file = table(
        tmp_path / "ig.csv",
        {
            "Account": "Sea Watchers Club",
            "User Name": "seawatchersclub",
            "Post Created": "2026-03-05 10:36:40 CET",
            "URL": "https://www.instagram.com/reel/CxInvented01/?igshid=1",
            "Title": "",
            "Description": "The sea is not a road #risk",
            "Image Text": "THE SEA IS NOT A ROAD",
        },
    )
    report = load(ledger, file, "crowdtangle")
    assert (report.landed.new, report.landed.revised) == (0, 1)
    post = posts(ledger)["CxInvented01"]
    assert post["published_at"] == datetime(2026, 3, 5, 9, 36, 40, tzinfo=UTC)
    assert post["media_text"] == "THE SEA IS NOT A ROAD"


@pytest.mark.parametrize(
    ("url", "owner", "native_id"),
    [
        ("https://www.facebook.com/groups/300000000011/permalink/300000000022/", "", "300000000011_300000000022"),
        ("https://www.facebook.com/groups/openvillage/posts/300000000022", "300000000011", "300000000011_300000000022"),
        (
            "https://www.facebook.com/openvillage/videos/the-boat/300000000033/",
            300000000012,
            "300000000012_300000000033",
        ),
        (
            "https://m.facebook.com/story.php?story_fbid=300000000044&id=300000000013",
            None,
            "300000000013_300000000044",
        ),
        (
            "https://www.facebook.com/openvillage/posts/pfbid0Invented?utm_source=x",
            "300000000014",
            "https://www.facebook.com/openvillage/posts/pfbid0Invented",
        ),
    ],
)
def test_a_facebook_post_is_known_by_page_and_number(
    tmp_path: Path, ledger: Ledger, url: str, owner: object, native_id: str
) -> None:
    file = table(tmp_path / "ct.csv", {"URL": url, "Facebook Id": owner, "Post Created": "2024-05-03", "Message": "a"})
    assert load(ledger, file, "crowdtangle").landed.new == 1
    assert list(posts(ledger)) == [native_id]


def test_bare_items_of_4cat_and_older_forms(tmp_path: Path, ledger: Ledger) -> None:
    meta = {"source_platform": "instagram.com", "timestamp_collected": 1}
    graph = {
        "__typename": "GraphSidecar",
        "shortcode": "CxInvented02",
        "edge_media_to_caption": {"edges": [{"node": {"text": "قارب جديد #حراقة"}}]},
        "taken_at_timestamp": 1772703400,
        "owner": {"username": "sea.example"},
        "edge_media_preview_like": {"count": 5},
        "edge_sidecar_to_children": {"edges": [{"node": {"accessibility_caption": "A boat"}}, {"node": None}, 7]},
    }
    comment = {
        "cid": "7300000000000000202",
        "aweme_id": "7300000000000000101",
        "text": "ب كام",
        "create_time": 1772706900,
    }
    words = {"full_text": "Bread", "created_at": "Thu Mar 05 09:35:00 +0000 2026", "lang": "in"}
    old_x = {"user": {"screen_name": "old_square"}, "legacy": {"id_str": "1400000000000000102", **words}}
    embedded = {"id": "7300000000000000103", "desc": "Hi", "createTime": "1772703300", "author": "plain.name"}
    file = ndjson(tmp_path / "4cat.ndjson", {**graph, "__import_meta": meta}, comment, old_x, embedded)
    report = load(ledger, file, "zeeschuimer")
    assert (report.landed.new, report.problems) == (4, {})
    stored = posts(ledger)
    assert (stored["CxInvented02"]["hashtags"], stored["CxInvented02"]["media_text"]) == (["حراقة"], "A boat")
    assert stored["comment/7300000000000000202"]["text"] == "ب كام"
    assert stored["1400000000000000102"]["lang_hint"] == "id"
    assert stored["7300000000000000103"]["url"] == "https://www.tiktok.com/@plain.name/video/7300000000000000103"


def test_a_repost_is_read_as_the_post_it_repeats_and_a_long_one_whole(tmp_path: Path, ledger: Ledger) -> None:
    original = captured(2)
    original["note_tweet"] = {"note_tweet_results": {"result": {"text": "Long " * 80, "entity_set": {"hashtags": []}}}}
    repost = {
        "rest_id": "1900000000000000777",
        "core": {"user_results": {"result": {"legacy": {"screen_name": "echo"}}}},
        "legacy": {"full_text": "RT @open_square: Tea…", "retweeted_status_result": {"result": {"tweet": original}}},
    }
    report = load(ledger, ndjson(tmp_path / "x.ndjson", repost, original), "zeeschuimer")
    assert (report.landed.new, report.landed.unchanged) == (1, 1)
    (post,) = posts(ledger).values()
    assert (post["native_id"], post["text"]) == ("1900000000000000101", "Long " * 80)


def test_an_edited_post_of_x_is_known_by_its_first_number(tmp_path: Path, ledger: Ledger) -> None:
    edits = {"edit_control_initial": {"edit_tweet_ids": ["1900000000000000101", "1900000000000000909", 7, "x"]}}
    edited = {**captured(2), "rest_id": "1900000000000000909", "edit_control": edits}
    edited["legacy"] = {**edited["legacy"], "full_text": "Coffee & talk"}
    report = load(ledger, ndjson(tmp_path / "x.ndjson", captured(2), edited), "zeeschuimer")
    assert (report.landed.new, report.landed.revised) == (1, 1)
    (post,) = posts(ledger).values()
    assert (post["native_id"], post["text"]) == ("1900000000000000101", "Coffee & talk")


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


def test_tables_of_the_research_api(tmp_path: Path, ledger: Ledger) -> None:
    file = table(
        tmp_path / "videos.csv",
        {
            "video_id": "7300000000000000106",
            "author_name": "harbour.diary",
            "video_description": "Two tags",
            "create_time": "2026-03-05 09:35:00",
            "hashtag_names": "['boza', 'harraga']",
            "voice_to_text": "",
            "view_count": "1,200",
        },
    )
    load(ledger, file, "tiktok-research", ImportMapping(timezone="Europe/Istanbul"))
    (post,) = posts(ledger).values()
    assert post["published_at"] == datetime(2026, 3, 5, 6, 35, tzinfo=UTC)
    assert (post["hashtags"], post["engagement"]) == (["boza", "harraga"], {"views": 1200})


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


def test_words_read_in_a_picture_are_enough_for_a_post(tmp_path: Path, ledger: Ledger) -> None:
    file = ndjson(
        tmp_path / "ocr.ndjson", {"id": 1, "text": "", "media_text": "EVERY WEEK FROM THE HARBOUR"}, {"id": 2}
    )
    report = import_file(ledger, file, FILE, now=NOW)
    assert (report.landed.new, report.problems["missing_text"].count) == (1, 1)
    assert posts(ledger)["file:1"]["media_text"] == "EVERY WEEK FROM THE HARBOUR"


def test_words_read_in_a_picture_come_beside_a_capture(tmp_path: Path, ledger: Ledger) -> None:
    envelope = {"source_platform": "tiktok.com", "data": captured(0), "media_text": "CALL THE CAPTAIN"}
    load(ledger, ndjson(tmp_path / "ocr.ndjson", envelope), "zeeschuimer")
    (post,) = posts(ledger).values()
    assert post["media_text"].endswith("\nCALL THE CAPTAIN")


def test_an_id_that_a_spreadsheet_rounded_is_refused_in_any_file(tmp_path: Path, ledger: Ledger) -> None:
    file = tmp_path / "rounded.csv"
    file.write_text("id,text\n7.21346E+18,a\n7.21346E+18,b\n12,c\n3e5,d\n", "utf-8")
    report = import_file(ledger, file, FILE, now=NOW)
    assert report.problems["rounded_id"].count == 2
    assert sorted(posts(ledger)) == ["file:12", "file:3e5"]


def test_a_table_that_4cat_made_by_the_mapping_of_the_docs(tmp_path: Path, ledger: Ledger) -> None:
    load(ledger, EXAMPLES / "zeeschuimer.ndjson", "zeeschuimer")
    file = table(
        tmp_path / "4cat.csv",
        {
            "id": "CxInvented01",
            "timestamp": "2026-03-05 09:36:40",
            "url": "https://www.instagram.com/p/CxInvented01/",
            "body": "The sea is not a road #risk",
            "author": "seawatchersclub",
            "num_likes": 312,
            "num_comments": 23,
        },
    )
    rules = ImportMapping.model_validate(
        {
            "platform": "instagram",
            "fields": {"text": "body", "published_at": "timestamp"},
            "dates": "%Y-%m-%d %H:%M:%S",
            "engagement": {"likes": "num_likes", "comments": "num_comments"},
        }
    )
    report = import_file(ledger, file, OTHER, rules, now=NOW)
    assert (report.landed.new, report.landed.revised, report.date_faults) == (0, 1, {})
    assert posts(ledger)["CxInvented01"]["engagement"] == {"likes": 312, "comments": 23}
