"""Lemmy's posts and comments, asked for again: what is there, what is gone, and what is kept of them."""

from __future__ import annotations

import pytest

from records import Landing
from tests.crawlers.lemmy_given import BASE, VERSIONS, filled, recheck, source
from tests.crawlers.lemmy_server import HOME
from tests.crawlers.stand_in import read


@VERSIONS
@pytest.mark.parametrize("kind", ["post", "comment"])
@pytest.mark.parametrize("not_found", [404, 400])
def test_what_is_gone_is_deleted_and_what_is_there_lands_as_it_reads_now(
    version: int, kind: str, not_found: int
) -> None:
    server = filled(5, version, shows_gone=False, not_found=not_found)
    assert list(recheck(server, kind, 9).rechecked.values()) == ["deleted"]
    server.edit(kind, 3, "Other words.")
    run = recheck(server, kind, 3)
    assert list(run.rechecked.values()) == ["present"]
    assert run.posts[-1].text == "Other words."
    assert run.adds_up()
    for flag in ("deleted", "removed"):
        server.items[kind][3 if flag == "deleted" else 4][flag] = True
    for number in (3, 4):
        assert list(recheck(server, kind, number).rechecked.values()) == ["deleted"]


@VERSIONS
def test_what_is_kept_of_a_comment_holds_no_word_of_the_post_that_it_answers(version: int) -> None:
    server = filled(3, version)
    run = recheck(server, "comment", 3)
    landed = [item for item in run.items if isinstance(item, Landing) and "/comment/" in str(item.lookup)]
    assert len(landed) == 4, "three from the list, one from the lookup"
    for item in landed:
        assert b"Words of post" not in item.raw.body
        assert b"Words of comment" in item.raw.body
        assert f"{BASE}/post/1".encode() in item.raw.body, "what it answers is named"
        assert item.capture.body == b"", "the answer holds the post as well"


@VERSIONS
def test_an_emptied_comment_is_removed_at_its_recheck(version: int) -> None:
    """A list does not tell whether the words that landed came from this server."""
    server = filled(3, version)
    server.edit("comment", 3, "![](https://p.example/a.png)")
    run = recheck(server, "comment", 3)
    assert (list(run.rechecked.values()), run.removed) == (["deleted"], [])
    assert run.tally.not_landed == {"no_text": 1}


@pytest.mark.parametrize("status", [200, 400, 401, 403, 451, 500])
def test_only_not_found_and_flags_are_deletions(status: int) -> None:
    server = filled(5)
    server.over["/api/v3/post"] = lambda address: (status, {}, b'{"error": "unknown"}') if "id=3" in address else None
    assert list(recheck(server, "post", 3).rechecked.values()) == ["unknown"]


def test_not_found_is_not_believed_of_a_server_that_finds_nothing() -> None:
    server = filled(5)
    server.over["/api/v3/post"] = lambda _: (404, {}, b'{"error": "not_found"}')
    run = recheck(server, "post", 9)
    assert list(run.rechecked.values()) == ["unknown"]
    assert run.tally.counts["removal_doubted"] == 1


def test_what_another_server_knows_by_that_number_is_another_post() -> None:
    server = filled(5)
    asked = len(read(source(), server.answers(BASE)).asked)
    for lookup in ("other.example/post/3", f"{HOME}/user/3", f"{HOME}/post/x", "3", f"{HOME}/post/³"):
        run = recheck(server, "post", 3, lookup)
        assert (list(run.rechecked.values()), len(run.asked)) == (["unknown"], asked)
    server.items["post"][3]["ap_id"] = f"{BASE}/post/77"
    assert list(recheck(server, "post", 3).rechecked.values()) == ["unknown"]
