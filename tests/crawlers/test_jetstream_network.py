"""The stream worker against Bluesky's own servers: its PDS's firehose, turned into Jetstream's documented frames (a Jetstream
itself cannot be had in the tests), and its AppView for what authors want. Created, edited, deleted, gone, and killed in the
middle: nothing is lost, nothing is double.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest

from config import Project, Settings
from ledger import Ledger
from tests.crawlers.conftest import make_source, posts, rows
from tests.crawlers.jetstream_bridge import bridge
from tests.crawlers.jetstream_server import Jetstream
from tests.crawlers.jetstream_sources import begin, following, wait_for
from tests.crawlers.killing import kill_the_crawl
from tests.peers.bluesky import Bluesky
from tests.peers.bluesky_records import make_post

pytestmark = pytest.mark.timeout(900)  # the first start on a machine installs the network


def test_what_the_network_does_is_what_the_ledger_holds(
    bluesky_network: Bluesky, stream: Jetstream, ledger: Ledger, project: Project, settings: Settings
) -> None:
    network, word = bluesky_network, f"zz{uuid4().hex[:8]}"
    source = make_source(stream.url, kind="jetstream", author_kind="person", appview=network.appview_url, words=[word])
    ana, ben, cem, dora = (network.account(name) for name in ("ana", "ben", "cem", "dora"))
    network.signed_in_only(dora)
    after = network.settle()
    begin(stream, source, ledger)
    with bridge(network.firehose_url, stream, after), following(source, ledger, project, settings):
        wait_for(lambda: stream.connections == 1)
        stream.gate = dying_once(stream, ledger, at=50)
        first = network.write(ana, [make_post(f"{word} post {n}", langs=["tr"]) for n in range(60)])
        network.write(ana, [make_post(f"something else {n}") for n in range(20)])
        network.write(dora, [make_post(f"{word} for members {n}") for n in range(5)])
        theirs = network.write(ben, [make_post(f"{word} by ben {n}") for n in range(20)])
        late = network.post(cem, f"{word} with a picture", pictures=[network.picture(cem, "A boat at night")])
        everything = {one.uri for one in (*first, *theirs, late)}
        wait_for(lambda: set(posts(ledger)) == everything)
        assert stream.connections == 2, "it died once, and came back"

        network.edit(ana, first[0], text=f"{word} post 0, corrected")
        network.edit(ana, first[1], text="all words changed")
        network.delete(ana, first[2], first[3])
        network.delete_account(ben)
        network.deactivate(cem)
        new = network.post(ana, f"{word} at last")
        everything.add(new.uri)
        wait_for(lambda: set(posts(ledger)) == everything)
    stored = posts(ledger)
    gone = {uri for uri, row in stored.items() if row["removed_at"] is not None}
    assert gone == {first[2].uri, first[3].uri, late.uri, *(one.uri for one in theirs)}
    edited = {first[0].uri: f"{word} post 0, corrected", first[1].uri: "all words changed"}
    assert {uri: row["text"] for uri, row in stored.items() if row["revision"] > 1} == edited
    assert {row["revision"] for row in stored.values()} == {1, 2}, "what came twice is no edit"
    assert stored[late.uri]["media_text"] == "A boat at night"
    assert stored[first[0].uri]["lang_hint"] == "tr"
    assert all(row["author"] not in (ana.did, ben.did, cem.did) for row in stored.values())
    polls = rows(ledger, "poll")
    assert [row["outcome"] for row in polls] == ["killed", "interrupted"]
    assert sum(row["not_landed"].get("no_unauthenticated", 0) for row in polls) >= 5
    assert sum(row["not_landed"].get("no_wanted_word", 0) for row in polls) >= 20


def dying_once(stream: Jetstream, ledger: Ledger, at: int) -> Callable[[int], None]:
    """Kills the worker before the event ``at`` is sent, once some of those before have landed."""

    def gate(place: int) -> None:
        if place == at:
            stream.gate = None
            wait_for(lambda: len(posts(ledger)) > 0)
            kill_the_crawl()

    return gate
