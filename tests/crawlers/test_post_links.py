"""What a post says of other posts and of people, read from each platform's own form: ids as that platform names its posts,
people as it names its authors, so that one who is named and one who writes are the same. Here networks and channels; forums
and comments: test_post_links_threads.py; then _keyed.py and _imports.py.

Pure functions, in process. What becomes of links in the ledger: tests/ledger/test_links.py.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from crawlers.platforms.bluesky.posts import make_post as make_bluesky
from crawlers.platforms.bluesky.views import View
from crawlers.platforms.telegram.page import read_page
from crawlers.platforms.telegram.posts import make_post as make_telegram
from crawlers.tally import Tally
from tests.crawlers.appview import ANA, BEN, uri_of, view
from tests.crawlers.conftest import make_source
from tests.crawlers.linked import ANY, FAR, HERE, Linked, links, toot
from tests.crawlers.stand_in import NOW, Answer, read

# Bluesky


def bluesky(**record: Any) -> Linked:
    return links(make_bluesky(View.model_validate(view(1, NOW, record=record)), ANY, NOW, Tally()))


def test_bluesky() -> None:
    assert bluesky() == Linked(thread=uri_of(1)), "who answers nobody opens a thread"
    reply = {"root": {"uri": uri_of(7), "cid": "r"}, "parent": {"uri": uri_of(8), "cid": "p"}}
    named = {
        "index": {"byteStart": 0, "byteEnd": 1},
        "features": [{"$type": "app.bsky.richtext.facet#mention", "did": BEN}],
    }
    shown = {"$type": "app.bsky.embed.record", "record": {"uri": uri_of(9, BEN), "cid": "q"}}
    assert bluesky(reply=reply, facets=[named, named], embed=shown) == Linked(
        uri_of(8), uri_of(7), uri_of(9, BEN), (BEN,)
    )


@pytest.mark.parametrize("uri", [f"at://{ANA}/app.bsky.graph.list/3k", "https://bsky.app/profile/x", ""])
def test_a_list_that_a_bluesky_post_shows_is_no_post(uri: str) -> None:
    odd = {"root": {"uri": uri, "cid": "r"}, "parent": {"uri": uri, "cid": "p"}}
    assert bluesky(embed={"record": {"uri": uri, "cid": "q"}}, reply=odd) == Linked()


# The Fediverse


def fediverse(*statuses: dict[str, Any]) -> dict[str, Linked]:
    """A page, the newest first as servers give it."""
    page = Answer(json.dumps(list(statuses)))
    answers = {f"{HERE}/api/v2/instance": Answer('{"domain": "m.example"}'), f"{HERE}/api/v1/timelines/public": page}
    run = read(make_source(HERE, kind="mastodon", author_kind="person"), answers)
    return {post.native_id.rpartition("/")[2]: links(post) for post in run.posts}


def test_what_a_status_answers_is_known_of_those_that_were_read() -> None:
    found = fediverse(
        toot(5, in_reply_to_id="4", mentions=[{"acct": "ana"}, {"acct": "ben@far.example"}, {"acct": "ana"}]),
        toot(4, in_reply_to_id="2"),
        toot(3, in_reply_to_id="1"),
        toot(2),
    )
    two, four = f"{HERE}/s/2", f"{HERE}/s/4"
    assert found == {
        "5": Linked(four, two, None, ("ana@m.example", "ben@far.example")),
        "4": Linked(two, two),
        "3": Linked(),
        "2": Linked(thread=two),
    }


def test_statuses_that_answer_each_other_end_no_run() -> None:
    assert fediverse(toot(2, in_reply_to_id="1"), toot(1, in_reply_to_id="2"))["2"] == Linked(f"{HERE}/s/1")
    assert fediverse(toot(1, in_reply_to_id="1"))["1"].thread is None


@pytest.mark.parametrize(
    ("fields", "quoted"),
    [
        ({"quote": {"state": "accepted", "quoted_status": {"id": "9", "uri": FAR, "content": "x"}}}, FAR),
        ({"quote": {"state": "accepted", "quoted_status_id": "1"}}, f"{HERE}/s/1"),
        ({"quote": {"id": "9", "uri": FAR}}, FAR),
        ({"quote": None, "pleroma": {"quote": {"id": "9", "uri": FAR}}}, FAR),
        ({"quote": {"state": "revoked", "quoted_status": None}}, None),
        ({"quote": {"uri": 5, "id": ["1"]}}, None),
        ({"quote": "x", "pleroma": []}, None),
    ],
)
def test_every_server_of_the_family_says_in_its_own_way_what_is_quoted(
    fields: dict[str, Any], quoted: str | None
) -> None:
    assert fediverse(toot(2, **fields), toot(1))["2"] == Linked(None, f"{HERE}/s/2", quoted)


# Telegram


MESSAGE = """<div class="tgme_widget_message_wrap"><div class="tgme_widget_message" data-post="SampleChannel/7">{}
<div class="tgme_widget_message_text js-message_text">{}</div></div></div>"""
REPLY = '<a class="tgme_widget_message_reply" href="https://t.me/SampleChannel/3">words</a>'
FORWARD = """<div class="tgme_widget_message_forwarded_from">Forwarded from <a class="tgme_widget_message_forwarded_from_name"
href="https://t.me/OtherChannel/5?single">Other</a></div>"""
HIDDEN = '<div class="tgme_widget_message_forwarded_from"><span class="tgme_widget_message_forwarded_from_name">A</span></div>'


def telegram(before: str, words: str = "Words") -> Linked:
    (message,) = read_page(MESSAGE.format(before, words).encode()).messages
    return links(make_telegram(message, ANY, NOW, Tally()))


def test_telegram() -> None:
    assert telegram(REPLY + FORWARD) == Linked("samplechannel/3", None, "otherchannel/5")
    assert telegram(HIDDEN) == Linked(), "whoever forwards from a person hides their name"
    words = (
        '<a href="https://t.me/Invented_Name">@Invented_Name</a> <a href="https://t.me/invented_name">@invented_name</a> '
        '<a href="https://t.me/elsewhere">here</a> <a href="https://t.me/samplechannel/2">@samplechannel</a> @plain'
    )
    assert telegram("", words) == Linked(mentions=("invented_name",)), "as channels are named when they write"
