"""Known exports: the example files of docs/import.md land as they are told there.

The files are invented, in the fields that the platforms document: Meta's data dictionary, TikTok's Research API reference,
the items that Zeeschuimer writes and 4CAT reads, the columns of CrowdTangle's last CSV. No export of a platform was at hand.
"""

from __future__ import annotations

import json
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crawlers import IMPORT_FORMATS, ImportMapping, import_file
from ledger import Ledger
from tests.crawlers.conftest import posts, rows
from tests.crawlers.import_examples import EXAMPLES, FILE, NOW, captured, load, ndjson, table


def example(ledger: Ledger, file: str, name: str) -> dict[str, dict[str, Any]]:
    report = load(ledger, EXAMPLES / file, name)
    assert report.problems == {}
    assert report.remarks == {}
    assert report.date_faults == {}
    assert report.landed.new == report.rows > 0
    again = load(ledger, EXAMPLES / file, name)
    assert (again.landed.new, again.landed.revised, again.landed.unchanged) == (0, 0, report.rows)
    return posts(ledger)


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
