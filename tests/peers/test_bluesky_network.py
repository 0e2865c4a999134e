"""The Bluesky network of the tests: on loopback alone, as another user, and a reader sees what authors did."""

import os
import pwd
from typing import Any

import psutil
import pytest

from tests.peers.bluesky import Bluesky
from tests.peers.web import ask

pytestmark = pytest.mark.timeout(900)  # the first start on a machine installs it: 95 s, more where others work too

FEED = "app.bsky.feed.getAuthorFeed"
POSTS = "app.bsky.feed.getPosts"


def test_it_listens_on_loopback_only_and_has_no_rights_of_root(bluesky_network: Bluesky) -> None:
    assert bluesky_network.process.process is not None
    process = psutil.Process(bluesky_network.process.process.pid)
    assert process.username() != "root" or os.geteuid() != 0
    assert process.uids().real in (os.geteuid(), pwd.getpwnam("nobody").pw_uid)
    ports = [c for c in process.net_connections("inet") if c.status == psutil.CONN_LISTEN]
    assert len(ports) >= 4
    assert {c.laddr.ip for c in ports} == {"127.0.0.1"}
    with_whom = {c.raddr.ip for c in process.net_connections("inet") if c.raddr}
    assert with_whom <= {"127.0.0.1", "::1"}


def test_what_authors_do_is_what_readers_see(bluesky_network: Bluesky) -> None:
    network = bluesky_network
    ana = network.account()
    before = network.settle()
    post = network.post(ana, "Words", langs=["tr"], pictures=[network.picture(ana, "A boat")])
    answer = network.post(ana, "An answer", reply_to=post, quote=post)
    network.edit(ana, post, text="Other words")
    seen = {one["uri"]: one for one in network.view(POSTS, {"uris": [post.uri, answer.uri]})["posts"]}
    assert seen[post.uri]["record"]["text"] == "Other words"
    assert seen[post.uri]["embed"]["images"][0]["alt"] == "A boat"
    assert (seen[post.uri]["replyCount"], seen[post.uri]["quoteCount"]) == (1, 1)
    network.delete(ana, answer)
    assert [one["uri"] for one in network.view(POSTS, {"uris": [post.uri, answer.uri]})["posts"]] == [post.uri]
    assert network.settle() >= before + 4, "each change is an event"


def test_accounts_come_and_go(bluesky_network: Bluesky) -> None:
    network = bluesky_network
    ben = network.account("ben")
    network.post(ben, "Words")
    network.signed_in_only(ben)
    assert [label["val"] for label in feed(network, ben.did)[0]["author"]["labels"]] == ["!no-unauthenticated"]
    network.signed_in_only(ben, wanted=False)
    assert feed(network, ben.did)[0]["author"]["labels"] == []
    network.take_down(ben)
    assert is_gone(network, ben.did)
    network.take_down(ben, wanted=False)
    network.deactivate(ben)
    assert is_gone(network, ben.did)
    network.activate(ben)
    assert len(feed(network, ben.did)) == 1
    network.delete_account(ben)
    assert is_gone(network, ben.did)


def feed(network: Bluesky, did: str) -> list[dict[str, Any]]:
    """The posts of an account as the AppView shows them."""
    return [item["post"] for item in network.view(FEED, {"actor": did})["feed"]]


def is_gone(network: Bluesky, did: str) -> bool:
    """Whether the AppView knows no such account."""
    answer = ask(f"{network.appview_url}/xrpc/{FEED}?actor={did}")
    return answer.status == 400 and "Profile not found" in answer.text
