"""Lemmy servers over real HTTP, poll by poll, each in its own process. Against lemmy_server.py, which answers by the types
and the source of Lemmy 0.19 and 1.0; not against Lemmy itself, and not against the public internet.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from config import Source
from ledger import Ledger
from records import make_post_id
from tests.crawlers.conftest import Poll, PollAll, make_source, posts, rows
from tests.crawlers.killing import kill_the_crawl
from tests.crawlers.lemmy_server import HOME, Lemmy
from tests.crawlers.site import Site


def lemmy_source(url: str, **fields: Any) -> Source:
    return make_source(url, kind="lemmy", author_kind="person", **fields)


def by_name(ledger: Ledger) -> dict[str, dict[str, Any]]:
    return {key.removeprefix(f"https://{HOME}/"): row for key, row in posts(ledger).items()}


@pytest.mark.parametrize("version", [3, 4])
def test_polls_in_a_row_double_nothing_and_lose_nothing(site: Site, poll: Poll, ledger: Ledger, version: int) -> None:
    """Across edits, deletions that lists show, posts that arrive late, and new ones."""
    server = Lemmy(version)
    server.stand_behind(site)
    for number in range(1, 121):
        server.post(number, timedelta(minutes=200 - number))
    for number in range(1, 76):
        server.comment(number, timedelta(minutes=200 - number))
    server.post(500, timedelta(days=90), featured_local=True)
    source = lemmy_source(site.base_url)
    first = poll(source)
    assert (first.outcome, first.counts["seen"], first.counts["new"]) == ("ok", 196, 196)
    second = poll(source)
    assert (second.counts["new"], second.counts["revised"], second.counts["unchanged"]) == (0, 0, 196)
    assert second.window_to is not None
    assert second.window_from is not None
    assert first.window_to is not None
    assert second.window_from <= first.window_to, "no gap between the two"
    assert len([path for path in site.paths() if "site" in path]) == (2 if version == 3 else 1)

    server.edit("post", 20, "Corrected words.")
    server.edit("comment", 21, "Corrected too.")
    server.items["post"][22]["deleted"] = True
    server.items["post"][23]["removed"] = True
    server.items["comment"][24]["deleted"] = True
    server.items["comment"][25]["removed"] = True
    server.post(600, timedelta(minutes=170))  # arrived late from another server
    server.comment(601, timedelta(minutes=170))
    server.post(602, timedelta(0))
    third = poll(source)
    assert (third.counts["new"], third.counts["revised"], third.counts["unchanged"]) == (3, 2, 190)
    assert third.not_landed == {"deleted": 2, "removed_by_moderator": 2}
    stored = by_name(ledger)
    assert len(stored) == 199
    assert (stored["post/20"]["text"], stored["comment/21"]["text"]) == ("Corrected words.", "Corrected too.")
    gone = {name for name, row in stored.items() if row["removed_at"] is not None}
    assert gone == {"post/22", "post/23", "comment/24", "comment/25"}
    assert stored["post/22"]["text"] == "Words of post 22."
    server.items["post"][23]["removed"] = False
    assert poll(source).counts["new"] == 0
    assert by_name(ledger)["post/23"]["removed_at"] is None, "it is back"


@pytest.mark.parametrize("version", [3, 4])
def test_what_a_post_holds(site: Site, poll: Poll, ledger: Ledger, version: int) -> None:
    server = Lemmy(version)
    server.stand_behind(site)
    server.post(
        1,
        name="Prices &amp; routes",
        body="# By night\n\n**Call** [the man](https://chat.example/x) #boza\n\n![A harbour](https://p.example/a.png)",
        url="https://news.example/1",
        alt_text="A map of the coast",
        updated="2026-11-01T10:00:00Z",
    )
    server.post(2, body=None, url="https://p.example/b.jpg", language_id=0)
    server.comment(3, content="> They said so\n\nNot *true*")
    server.post(4, visibility="LocalOnly")
    server.post(5, published="x")
    summary = poll(lemmy_source(site.base_url))
    assert summary.not_landed == {"not_public": 1, "bad_shape": 1}
    stored = by_name(ledger)
    row = stored["post/1"]
    assert (row["platform"], row["post_id"]) == ("fediverse", make_post_id("fediverse", f"https://{HOME}/post/1"))
    assert (row["title"], row["url"]) == ("Prices & routes", f"https://{HOME}/post/1")
    assert row["text"] == "By night\n\nCall the man (https://chat.example/x) #boza\n\nhttps://news.example/1"
    assert row["media_text"] == "A map of the coast\nA harbour"
    assert (row["hashtags"], row["lang_hint"]) == (["boza"], "en")
    assert row["engagement"] == {"replies": 2, "score": 3, "upvotes": 4, "downvotes": 1}
    assert row["edited_at"] is not None
    assert (stored["post/2"]["text"], stored["post/2"]["lang_hint"]) == ("", None)
    assert (stored["comment/3"]["title"], stored["comment/3"]["text"]) == ("", "They said so\n\nNot true")
    place = site.base_url.removeprefix("http://")
    assert {found["lookup"] for found in rows(ledger, "recheck")} == {f"{place}/{name}" for name in stored}
    bodies = {"post" in row["url"]: row["body"] for row in rows(ledger, "capture")}
    assert len(bodies[True] or b"") < 20, "the page holds a post that is not for everybody"


def test_one_community_is_read_by_its_address(site: Site, poll: Poll) -> None:
    server = Lemmy()
    server.stand_behind(site)
    server.post(1)
    server.comment(2)
    assert poll(lemmy_source(f"{site.base_url}/c/harbour@other.example")).counts["new"] == 2
    lists = [path for path in site.paths() if "/list" in path]
    assert lists
    assert all("community_name=harbour%40other.example" in path for path in lists)


def test_a_kill_in_the_middle_loses_and_doubles_nothing(site: Site, poll: Poll, ledger: Ledger) -> None:
    server = Lemmy()
    server.stand_behind(site)
    server.post(1)
    server.comment(1)
    source = lemmy_source(site.base_url)
    poll(source)
    for number in range(2, 121):
        server.post(number)
        server.comment(number)
    pages: list[str] = []

    def die_once(address: str) -> None:
        pages.append(address)
        if len(pages) == 2:
            kill_the_crawl()

    server.over["/api/v3/comment/list"] = die_once
    assert poll(source).outcome == "killed"
    assert poll(source).outcome == "ok"
    assert len(by_name(ledger)) == 240
    assert poll(source).counts["new"] == 0


def test_a_server_that_limits_is_left_alone(site: Site, poll: Poll, ledger: Ledger) -> None:
    """The limit comes at the comments: the posts have landed, and no time is claimed."""
    server = Lemmy()
    server.stand_behind(site)
    server.post(1)
    server.comment(1)
    until = int(datetime.now(UTC).timestamp()) + 1200
    limited = (429, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(until)}, b'{"error": "rate_limit_error"}')
    server.over["/api/v3/comment/list"] = lambda _: limited
    summary = poll(lemmy_source(site.base_url))
    assert (summary.outcome, summary.window_to) == ("rate_limited", None)
    assert summary.next_due is not None
    assert summary.next_due > datetime.now(UTC) + timedelta(minutes=19)
    assert set(by_name(ledger)) == {"post/1"}


def test_servers_that_are_not_to_be_read(site: Site, poll_all: PollAll) -> None:
    about = '{"site_view": {}, "all_languages": []}'
    for name in ("private", "else", "empty", "wall"):
        site.serve(f"/{name}/api/v4/site", about)
    site.serve("/private/api/v4/post/list", '{"error": "instance_is_private"}', 400)
    site.serve("/else/api/v4/post/list", '{"posts": []}')
    for kind in ("post", "comment"):
        site.serve(f"/empty/api/v4/{kind}/list", '{"items": [], "next_page": null}')
    site.serve("/wall/api/v4/post/list", "<html>", 403)
    site.serve("/forbidden/api/v4/site", "<html>", 403)
    site.serve("/html/api/v4/site", "<html>")
    site.serve("/html/api/v3/site", "<html>")
    names = ("private", "else", "empty", "wall", "forbidden", "html", "nothing")
    found = poll_all(*(lemmy_source(f"{site.base_url}/{name}", id=name) for name in names))
    assert {name: found[name].outcome for name in names} == {
        "private": "blocked",
        "else": "failed",
        "empty": "empty",
        "wall": "blocked",
        "forbidden": "blocked",
        "html": "failed",
        "nothing": "failed",
    }
