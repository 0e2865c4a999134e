"""isso, against a real isso 0.14 (tests/peers/isso.py), poll by poll, each in its own process."""

from __future__ import annotations

import json
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config import Source
from crawlers.task import RecheckOf
from ledger import Ledger
from records import make_post_id
from tests.crawlers.conftest import Poll, make_rechecks_due, make_source, posts, rows
from tests.crawlers.killing import kill_the_crawl
from tests.crawlers.site import Site
from tests.crawlers.stand_in import Answer, read
from tests.peers.isso import Isso, isso, thread_of
from tests.peers.web import ask


def isso_source(url: str, **fields: Any) -> Source:
    return make_source(url, kind="isso", author_kind="person", **fields)


def stored(ledger: Ledger) -> dict[str, dict[str, Any]]:
    """Posts by their number."""
    return {key.partition("/")[2].partition("-")[0]: row for key, row in posts(ledger).items()}


def test_polls_in_a_row_double_nothing_and_lose_nothing(isso_server: Isso, poll: Poll, ledger: Ledger) -> None:
    """Across an edit, a comment dated back (as one that a moderator lets through late), and new ones."""
    now = datetime.now(UTC)
    numbers = [isso_server.comment(f"Words {n}", at=now - timedelta(minutes=300 - n)) for n in range(130)]
    source = isso_source(isso_server.base_url)
    first = poll(source)
    assert (first.outcome, first.counts["seen"], first.counts["new"]) == ("ok", 130, 130)
    second = poll(source)
    assert (second.counts["new"], second.counts["revised"]) == (0, 0)
    assert first.window_to is not None
    assert second.window_from is not None
    assert second.window_from <= first.window_to, "no gap between the two"
    isso_server.edit(numbers[100], "Corrected words")
    isso_server.comment("Late", at=now - timedelta(hours=2))
    isso_server.comment("New", uri="/other", author=None)
    third = poll(source)
    assert (third.counts["new"], third.counts["revised"]) == (2, 1)
    found = stored(ledger)
    assert len(found) == 132
    assert found[str(numbers[100])]["text"] == "Corrected words"
    assert found[str(numbers[100])]["edited_at"] is not None


def test_a_kill_in_the_middle_loses_nothing(site: Site, poll: Poll, ledger: Ledger, isso_server: Isso) -> None:
    """The site passes on what the comment server says, and dies before the second answer."""
    asked: list[str] = []

    def answer(_: object) -> tuple[int, dict[str, str], bytes]:
        asked.append(site.asked[-1][0])
        if len(asked) == 2:
            kill_the_crawl()
        said = ask(isso_server.base_url + asked[-1])
        return said.status, {"Content-Type": "application/json"}, said.body

    site.answers["/latest"] = answer
    for n in range(150):
        isso_server.comment(f"Words {n}")
    source = isso_source(site.base_url)
    assert poll(source).outcome == "killed"
    assert poll(source).outcome == "ok"
    assert len(stored(ledger)) == 150
    assert poll(source).counts["new"] == 0


def test_what_a_post_holds(isso_server: Isso, poll: Poll, ledger: Ledger) -> None:
    number = isso_server.comment(
        "**Call** the man <b>now</b>\n\nAt [noon](https://t.me/sample_contact)", author="Ana & Ben"
    )
    held = isso_server.comment("To be looked at")
    isso_server.hold(held)
    summary = poll(isso_source(isso_server.base_url))
    assert summary.counts["new"] == 1
    ((key, row),) = posts(ledger).items()
    assert key.startswith(f"127.0.0.1/{number}-")
    assert (row["platform"], row["url"], row["title"]) == ("isso", None, "")
    assert row["text"] == "Call the man <b>now</b>\n\nAt noon"
    assert row["media_text"] == "https://t.me/sample_contact"
    assert row["engagement"] == {"likes": 0, "dislikes": 0}
    assert row["author"] is not None
    assert "Ana" not in str(row["author"])


def test_neither_hash_nor_web_site_is_kept(isso_server: Isso, poll: Poll, ledger: Ledger) -> None:
    site = "https://ana.example.org"
    old = datetime.now(UTC) - timedelta(days=2)
    number = isso_server.comment("Words", at=old, email="ana@example.org", website=site)
    source = isso_source(isso_server.base_url)
    poll(source)
    isso_server.edit(number, "Corrected")
    make_rechecks_due(ledger)
    poll(source)
    (listed,) = ask(f"{isso_server.base_url}/latest?limit=9").json()
    (threaded,) = thread_of(isso_server)["replies"]
    assert (listed["website"], threaded["website"]) == (site, site), "the server shows it, so it could be kept"
    kept = [zlib.decompress(row["body"]) for table in ("raw", "capture") for row in rows(ledger, table) if row["body"]]
    assert len([body for body in kept if b"Words" in body or b"Corrected" in body]) == 2
    for secret in (threaded["hash"], "ana.example.org"):
        assert [body for body in kept if secret.encode() in body] == []


def test_an_answer_names_what_it_answers_and_its_page(isso_server: Isso, poll: Poll, ledger: Ledger) -> None:
    first = isso_server.comment("Words", uri="/quay")
    isso_server.comment("An answer", uri="/quay", parent=first)
    poll(isso_source(isso_server.base_url))
    found = {row["text"]: row for row in posts(ledger).values()}
    assert found["An answer"]["reply_to"] == found["Words"]["post_id"]
    assert found["An answer"]["thread"] == found["Words"]["thread"] == make_post_id("isso", "127.0.0.1/quay")
    assert found["Words"]["reply_to"] is None


def test_rechecks_see_edits_and_deletions(isso_server: Isso, poll: Poll, ledger: Ledger) -> None:
    old = datetime.now(UTC) - timedelta(days=2)
    edited, gone, emptied, kept = (isso_server.comment(f"Words {n}", at=old) for n in range(4))
    isso_server.comment("An answer", parent=emptied, at=old)
    source = isso_source(isso_server.base_url)
    poll(source)
    isso_server.edit(edited, "Corrected")
    isso_server.delete(gone)
    isso_server.delete(emptied)
    make_rechecks_due(ledger)
    summary = poll(source)
    assert summary.outcome == "ok"
    found = stored(ledger)
    assert found[str(edited)]["text"] == "Corrected"
    assert {number for number, row in found.items() if row["removed_at"] is not None} == {str(gone), str(emptied)}
    assert found[str(kept)]["removed_at"] is None


def test_a_number_given_again_is_another_comment(isso_server: Isso, poll: Poll, ledger: Ledger) -> None:
    first = isso_server.comment("The first of this number", at=datetime.now(UTC) - timedelta(hours=1))
    source = isso_source(isso_server.base_url)
    poll(source)
    isso_server.delete(first)
    assert isso_server.comment("The second of this number") == first
    assert poll(source).counts["new"] == 1
    assert len(posts(ledger)) == 2
    make_rechecks_due(ledger)
    poll(source)
    gone = {row["text"] for row in posts(ledger).values() if row["removed_at"] is not None}
    assert gone == {"The first of this number"}


def test_a_server_whose_list_is_closed_says_so(poll: Poll) -> None:
    with isso(latest=False) as server:
        server.comment("Words")
        assert thread_of(server)["replies"]
        summary = poll(isso_source(server.base_url))
    assert summary.outcome == "failed"
    assert "latest-enabled" in summary.message


def test_what_a_cap_leaves_is_read_by_the_next_polls(
    isso_server: Isso, poll: Poll, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = isso_source(isso_server.base_url, limits={"pages": 2})
    isso_server.comment("The first")
    poll(source)
    for n in range(450):
        isso_server.comment(f"Words {n}")
    second = poll(source)
    assert (second.counts["new"], rows(ledger, "poll")[-1]["outcome"]) == (200, "ok")
    while poll(source).counts["new"]:
        pass
    assert len(posts(ledger)) == 451


def test_an_emptied_comment_is_removed(isso_server: Isso, poll: Poll, ledger: Ledger) -> None:
    """A picture alone is left of each: one is seen in the list, one at its recheck."""
    listed, old = (isso_server.comment(f"Words {n}") for n in range(2))
    kept = isso_server.comment("Words that stay")
    source = isso_source(isso_server.base_url)
    poll(source)
    isso_server.edit(listed, "![](https://a.example/p.png)")
    assert poll(source).not_landed == {"no_text": 1}
    isso_server.edit(old, "![](https://a.example/p.png)")
    make_rechecks_due(ledger)
    poll(source)
    found = stored(ledger)
    assert found.pop(str(kept))["removed_at"] is None
    assert {row["removed_at"] is None for row in found.values()} == {False}
    assert {row["text"] for row in found.values()} == {"Words 0", "Words 1"}


def test_a_server_that_shows_no_comments_words_has_emptied_none() -> None:
    """Its field has another name by now, say."""
    comments = [{**COMMENT, "id": n, "text": ""} for n in (8, 9)]
    lookup = json.dumps([COMMENT["uri"], 7, 1_795_000_000])
    answers = {
        f"{BASE}/latest": Answer(json.dumps([*comments, {**COMMENT, "id": 5, "mode": 2}])),
        f"{BASE}/": Answer(json.dumps({"replies": [{**COMMENT, "text": ""}]})),
    }
    run = read(isso_source(BASE), answers, rechecks=(RecheckOf(post_id="a" * 32, lookup=lookup),))
    assert run.removed == [make_post_id("isso", "comments.example/5-1795000000")], "what is flagged needs no words"
    assert (run.rechecked, run.tally.counts["removal_doubted"]) == ({"a" * 32: "unknown"}, 3)


def test_a_recheck_alone_sees_an_emptied_comment() -> None:
    emptied = {**COMMENT, "text": "<p></p>"}
    lookup = json.dumps([COMMENT["uri"], 7, 1_795_000_000])
    answers = {
        f"{BASE}/latest": Answer(json.dumps([{**COMMENT, "id": 8}])),
        f"{BASE}/": Answer(json.dumps({"replies": [emptied]})),
    }
    run = read(isso_source(BASE), answers, rechecks=(RecheckOf(post_id="a" * 32, lookup=lookup),))
    assert (run.rechecked, len(run.posts)) == ({"a" * 32: "deleted"}, 1)


@pytest.mark.parametrize("mode", [2, 4])
def test_a_list_that_flags_a_comment_removes_it(mode: int) -> None:
    """isso itself leaves them out; one that has gone from the public is removed wherever it is seen."""
    run = read(isso_source(BASE), {f"{BASE}/latest": Answer(json.dumps([{**COMMENT, "mode": mode}]))})
    assert run.removed == [make_post_id("isso", "comments.example/7-1795000000")]
    assert (run.posts, dict(run.tally.not_landed), run.adds_up()) == ([], {"not_public": 1}, True)


BASE = "https://comments.example"
COMMENT = {
    "id": 7,
    "uri": "/harbour",
    "text": "<p>Words</p>",
    "author": "Ana",
    "mode": 1,
    "created": 1_795_000_000.25,
    "modified": None,
    "parent": None,
    "likes": 1,
    "dislikes": 0,
    "website": None,
}
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(COMMENT)), inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(sorted(COMMENT)), ANYTHING) | ANYTHING, max_size=4), ANYTHING)
def test_any_json_lands_is_rejected_or_is_counted(changes: list[Any], whole: Any) -> None:
    items = [{**COMMENT, **change} if isinstance(change, dict) else change for change in changes]
    for body in (items, whole):
        run = read(isso_source(BASE), {f"{BASE}/latest": Answer(json.dumps(body).encode())})
        assert run.tally.fault is None
        assert run.adds_up()
