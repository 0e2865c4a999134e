"""What posts of keyed platforms say of other posts and of people, and anything in a link's place; see test_post_links.py."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.platforms.mastodon.statuses import make_post as make_status_post
from crawlers.platforms.mastodon.statuses import read_status
from crawlers.platforms.mastodon.threads import Threads
from crawlers.platforms.reddit.things import make_thing_post, read_thing
from crawlers.platforms.vk.posts import make_wall_post, read_wall_post
from crawlers.platforms.x.posts import make_x_post, read_x_post
from crawlers.platforms.youtube.comments import make_comment_post, read_comment
from crawlers.tally import Tally
from ledger.links import make_links
from records import Post, is_post_id
from tests.crawlers.linked import ANY, FAR, Linked, links, toot
from tests.crawlers.stand_in import NOW
from tests.ledger.conftest import KEY

# Keyed platforms


def test_youtube() -> None:
    def seen(number: str, **snippet: Any) -> Linked:
        found = read_comment(
            {"id": number, "snippet": {"publishedAt": "2026-11-01T00:00:00Z", "textOriginal": "x", **snippet}}
        )
        assert found is not None
        return links(make_comment_post(found, ANY, None, NOW, Tally()))

    assert seen("Ug1") == Linked(thread="Ug1")
    assert seen("Ug1.a", parentId="Ug1") == Linked("Ug1", "Ug1")


def test_reddit() -> None:
    def seen(kind: str, **data: Any) -> Linked:
        found = read_thing({"kind": kind, "data": {"created_utc": 1.7e9, "body": "x", **data}})
        assert found is not None
        return links(make_thing_post(found, ANY, NOW, Tally()))

    assert seen("t3", name="t3_a") == Linked(thread="t3_a")
    assert seen("t1", name="t1_b", parent_id="t3_a", link_id="t3_a") == Linked("t3_a", "t3_a")
    assert seen("t1", name="t1_c", parent_id="t1_b", link_id="t3_a") == Linked("t1_b", "t3_a")


def test_vk() -> None:
    def seen(**fields: Any) -> Linked:
        found = read_wall_post({"id": 9, "owner_id": -5, "date": 1_700_000_000, "text": "x", **fields})
        assert found is not None
        return links(make_wall_post(found, ANY, NOW, Tally()))

    assert seen() == Linked()
    named = "[id12|Ana] [club7:bp-5_9|a club] [public7|again] [id12|Ana] @id99 [x|y]"
    assert seen(text=named).mentions == ("12", "-7"), "as from_id has them"
    assert seen(copy_history=[{"id": 3, "owner_id": 44}, {"id": 1, "owner_id": 2}]).quotes == "44_3"
    assert seen(copy_history=[[], "x"]).quotes is None
    assert seen(reply_post_id=8).reply_to == "-5_8"
    assert seen(reply_post_id=8, reply_owner_id=6).reply_to == "6_8"


def test_x() -> None:
    def seen(**fields: Any) -> Linked:
        found = read_x_post({"id": "20", "text": "x", "created_at": "2026-11-01T00:00:00Z", **fields})
        assert found is not None
        return links(make_x_post(found, ANY, NOW, Tally()))

    named = {"mentions": [{"username": "ana", "id": "7"}, {"username": "ben"}]}
    assert seen(
        conversation_id="10",
        referenced_tweets=[{"type": "replied_to", "id": "11"}, {"type": "quoted", "id": "12"}],
        entities=named,
        note_tweet={"text": "long", "entities": {"mentions": [{"username": "cem", "id": "8"}, {"id": "7"}]}},
    ) == Linked("11", "10", "12", ("7", "8")), "numbers, as authors are"
    assert seen() == Linked()


# Anything in their place


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None), max_size=6)
    | st.sampled_from(["t1_a", "7", "0", "\x00", "\ud800", FAR, "[id1|x]", "@x"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "acct", "uri", "type", "mentions", "owner_id", "quoted_status", "entities"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)
SHAPES: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "x": (
        {"id": "20", "text": "x", "created_at": "2026-11-01T00:00:00Z"},
        ("conversation_id", "referenced_tweets", "entities", "note_tweet"),
    ),
    "vk": (
        {"id": 9, "owner_id": -5, "date": 1_700_000_000, "text": "x"},
        ("copy_history", "reply_post_id", "reply_owner_id", "text"),
    ),
    "reddit": ({"name": "t1_b", "created_utc": 1.7e9, "body": "x"}, ("parent_id", "link_id")),
    "youtube": ({"publishedAt": "2026-11-01T00:00:00Z", "textOriginal": "x"}, ("parentId",)),
    "mastodon": (toot(1), ("in_reply_to_id", "mentions", "quote", "pleroma")),
}


def post_of(kind: str, item: dict[str, Any]) -> Post | None:
    """The post; None for a shape that is not known."""
    if kind == "x" and (x := read_x_post(item)) is not None:
        return make_x_post(x, ANY, NOW, Tally())
    if kind == "vk" and (wall := read_wall_post(item)) is not None:
        return make_wall_post(wall, ANY, NOW, Tally())
    if kind == "reddit" and (thing := read_thing({"kind": "t1", "data": item})) is not None:
        return make_thing_post(thing, ANY, NOW, Tally())
    if kind == "youtube" and (comment := read_comment({"id": "Ug1", "snippet": item})) is not None:
        return make_comment_post(comment, ANY, None, NOW, Tally())
    if kind == "mastodon" and (status := read_status(item)) is not None:
        threads = Threads()
        threads.learn([status])
        return make_status_post(status, ANY, "m.example", NOW, Tally(), threads.links(status))
    return None


@pytest.mark.parametrize("kind", SHAPES)
@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_whatever_stands_for_a_link_the_ledger_can_hold_what_is_read(kind: str, data: st.DataObject) -> None:
    item, names = SHAPES[kind]
    odd = data.draw(st.dictionaries(st.sampled_from(names), ANYTHING, min_size=1, max_size=3))
    post = post_of(kind, {**item, **odd})
    if post is None:
        assert post_of(kind, item) is not None, "refused for what was put there"
        return
    kept = make_links(KEY, post)
    assert all(linked is None or is_post_id(linked) for linked in kept[:3])
    assert all(len(name) == 16 for name in kept.mentions)
    assert len(set(kept.mentions)) == len(kept.mentions)
