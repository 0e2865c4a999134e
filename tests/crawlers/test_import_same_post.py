"""A post that stands in two exports, under two addresses, as a repost or edited, is one post."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawlers import ImportMapping, import_file
from ledger import Ledger
from tests.crawlers.conftest import posts
from tests.crawlers.import_examples import EXAMPLES, NOW, OTHER, captured, load, ndjson, table


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
