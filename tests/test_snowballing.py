"""Posts on topic propose the places that they link to, through the tag stage; whoever asks for help or gives it proposes none."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from config import Pseudonyms, Source
from crawlers import Hosts, known_hosts
from ledger import (
    Ledger,
    LedgerUnavailable,
    Worker,
    erase_post,
    land,
    list_proposals,
    make_worker,
    mark_retag,
    open_ledger,
    schema,
)
from nlp import Tagger, TextInput
from records import Kind, Landing, RawItem, Referral, Tags
from tagging import drain_tag
from tests.ledger.world import OFF_TOPIC, OFFER, make_capture, make_post, make_tags, rows

FORWARD = '<a class="tgme_widget_message_forwarded_from_name" href="https://t.me/second_channel/9">Second</a>'


class Told:
    """Reads into each text what it is told to, by its first word."""

    def __init__(self, told: Mapping[str, dict[str, Any]]) -> None:
        self._told = told

    def tag(self, inputs: Sequence[TextInput]) -> list[Tags]:
        return [make_tags(**self._told.get(item.text.split()[0], {})) for item in inputs]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", Pseudonyms(b"k" * 32)) as found:
        yield found


@pytest.fixture
def worker(ledger: Ledger) -> Iterator[Worker]:
    with make_worker(ledger) as found:
        yield found


def land_text(ledger: Ledger, number: int, text: str, raw: str = "{}", **changes: Any) -> None:
    post = make_post(number, text=text, **changes)
    item = RawItem(body=raw.encode(), media_type="application/json")
    land(ledger, [Landing(post=post, raw=item, capture=make_capture(f"c{number}"))])


def drain(ledger: Ledger, worker: Worker, hosts: Hosts | None = None, **told: dict[str, Any]) -> None:
    drain_tag(ledger, worker, cast(Tagger, Told(told)), {}, hosts=hosts)


def evidence(ledger: Ledger) -> dict[str | None, tuple[int, int]]:
    return {found.address: (found.posts, found.sources) for found in list_proposals(ledger)}


def test_words_cards_and_forwards_propose_what_they_lead_to(ledger: Ledger, worker: Worker) -> None:
    land_text(ledger, 1, "see https://t.me/s/first_channel")
    land_text(ledger, 2, "a card", media_text="The first channel https://t.me/first_channel/7", source="other")
    land_text(ledger, 3, "forwarded", json.dumps({"content": FORWARD}))
    land_text(
        ledger, 4, "a hashtag https://social.example/tags/boats", source="fedi", native_id="https://else.example/4"
    )
    drain(ledger, worker, {"fediverse": {"social.example"}})
    assert evidence(ledger) == {
        "https://t.me/first_channel": (2, 2),
        "https://t.me/second_channel": (1, 1),
        "https://social.example/tags/boats": (1, 1),
    }


def test_adverts_count_and_people_who_ask_for_help_or_give_it_do_not(ledger: Ledger, worker: Worker) -> None:
    for number, word in enumerate(("advert", "demand", "family", "aid", "ransom", "other")):
        land_text(ledger, number, f"{word} https://t.me/s/channel_of_{word}")
    drain(
        ledger,
        worker,
        advert=OFFER,
        demand={"kind": Kind.DEMAND},
        family={"kind": Kind.FAMILY_SEARCH},
        aid={"kind": Kind.AID_RESCUE_LEGAL},
        ransom={"referral": (Referral.RANSOM,)},
        other=OFF_TOPIC,
    )
    assert set(evidence(ledger)) == {"https://t.me/channel_of_advert"}


def test_accounts_and_contacts_are_written_down_nowhere(ledger: Ledger, worker: Worker) -> None:
    land_text(
        ledger,
        1,
        "call t.me/somebody_invented or https://bsky.app/profile/somebody.example or https://t.me/+InvitationAbc",
        '<a href="https://x.com/somebody_invented">x</a><a href="https://t.me/joinchat/AbCd">y</a>',
    )
    drain(ledger, worker)
    assert rows(ledger, schema.proposal) == rows(ledger, schema.citation) == []


OUTLET = Source.model_validate(
    {"id": "n", "kind": "feeds", "url": "https://www.news.example/feed", "author_kind": "outlet"}
)
BLOG = Source.model_validate({"id": "b", "kind": "feeds", "url": "https://jane-invented.example/feed"})
WORDINGS = {"post", "revision", "raw"}
"""Tables that hold what a post itself says."""


def test_an_outlets_account_is_proposed_with_its_evidence_and_erasure_lowers_it(ledger: Ledger, worker: Worker) -> None:
    account = "https://bsky.app/profile/news.example"
    land_text(ledger, 1, f"see {account}/post/3kinvented")
    land_text(ledger, 2, "a card", media_text=f"The news {account}", source="other")
    land_text(ledger, 3, "a word", f'<a href="{account}">the news</a>')
    land_text(ledger, 4, f"its own {account}", url="https://www.news.example/article", source="news")
    land_text(ledger, 5, f"family {account}")
    land_text(ledger, 6, "see https://social.bund.de/@invented and https://bsky.app/profile/iom.int")
    drain(ledger, worker, known_hosts([OUTLET, BLOG]), family={"kind": Kind.FAMILY_SEARCH})
    assert evidence(ledger) == {
        account: (3, 2),
        "https://social.bund.de/@invented": (1, 1),
        "https://bsky.app/profile/iom.int": (1, 1),
    }
    erase_post(ledger, make_post(1).post_id, "asked to")
    assert evidence(ledger)[account] == (2, 2)
    for number in (2, 3):
        erase_post(ledger, make_post(number).post_id, "asked to")
    assert account not in evidence(ledger)
    assert not [row for row in rows(ledger, schema.proposal) if row["address"] == account]


def test_an_account_that_could_be_a_persons_is_written_in_no_table(ledger: Ledger, worker: Worker) -> None:
    handles = ("jane-invented.example", "jane-invented.bsky.social", "jane-invented.news.example", "jane-invented.senate.gov",
               "did:plc:janeinvented234567")  # fmt: skip
    links = [f"https://bsky.app/profile/{handle}" for handle in handles]
    links += [
        f"https://{server}/@jane_invented"
        for server in ("jane-invented.example", "social.news.example", "mastodon.social")
    ]
    land_text(ledger, 1, " ".join(links), "".join(f'<a href="{link}">x</a>' for link in links))
    drain(ledger, worker, known_hosts([OUTLET, BLOG]))
    said = {
        table.name: repr(rows(ledger, table)).lower()
        for table in schema.metadata.sorted_tables
        if table.name not in WORDINGS
    }
    assert "proposal" in said
    assert "citation" in said
    hashes = [ledger.pseudonyms.place(word, link) for link in links for word in ("bluesky", "fediverse")]
    for table, words in said.items():
        assert not [found for found in ("jane-invented", "jane_invented", "janeinvented", *hashes) if found in words], (
            table
        )


def test_a_retag_that_thinks_otherwise_takes_the_evidence_back(ledger: Ledger, worker: Worker) -> None:
    land_text(ledger, 1, "word https://t.me/s/first_channel")
    drain(ledger, worker)
    assert len(evidence(ledger)) == 1
    mark_retag(ledger, "2")
    drain(ledger, worker, word=OFF_TOPIC)
    assert evidence(ledger) == {}


def test_a_commit_that_breaks_off_proposes_nothing_and_the_next_one_all(
    ledger: Ledger, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    land_text(ledger, 1, "see https://t.me/s/first_channel")

    def fail(*_: object) -> None:
        raise LedgerUnavailable("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr("ledger.tagging.assign_families", fail)
        with pytest.raises(LedgerUnavailable):
            drain(ledger, worker)
    assert rows(ledger, schema.citation) == []
    drain(ledger, worker)
    assert evidence(ledger) == {"https://t.me/first_channel": (1, 1)}
