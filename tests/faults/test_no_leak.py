"""The demo world passes through, and none of its phone numbers, addresses and handles stands in anything that leaves the ledger.

Then an author is erased, and none of the author's words stands in any file of the installation. The same ledger is then
projected into Elasticsearch, and both are looked for there: in documents, fields and terms, and in the node's files.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from config import SourceRegister, read_yaml
from demo.site import World, build_world, serve
from tests.conftest import empty_elasticsearch
from tests.daymark_process import Installation
from tests.faults.elastic_store import bytes_on_disk, in_segments, read_back
from tests.faults.stores import every_byte
from tools.elasticsearch_node import Node

HIDDEN = (
    ("boat to Italy tonight call 00905550000011 / 00905550000012", ("5550000011", "5550000012", "05550000012")),
    ("kişi başı 4500 euro 0555 000 00 13 bu gece İtalya", ("0555 000 00 13", "000 00 13")),
    ("safe trip 07700900123 07700900456 every week", ("7700900123", "900456")),
    ("passage sûr, appelle 0470/12.34.56 maintenant", ("0470/12.34.56", "12.34.56")),
    ("viaje seguro, llame 612 345 678 hoy", ("612 345 678", "345 678")),
    ("WhatsApp905550000014 boat every friday", ("905550000014", "5550000014")),
    ("رحلة آمنة رقم٠٠٩٠٥٥٥٠٠٠٠٠١٥ كل يوم", ("٥٥٥٠٠٠٠٠١٥",)),
    ("yacht to Italy 0️⃣7️⃣7️⃣0️⃣0️⃣9️⃣0️⃣0️⃣1️⃣2️⃣3️⃣ write now", ("9️⃣0️⃣0️⃣1️⃣2️⃣3️⃣",)),
    ("papers ready, name(at)example(dot)org, real visa", ("name(at)example", "example(dot)org")),
    ("we take you to Germany, hit me example_boatman_uk", ("example_boatman_uk",)),
    ("we take you to Germany, my telegram is boat_man77", ("boat_man77",)),
    ("we take you to Germany, x.com/examplecaptain", ("examplecaptain",)),
)
"""Posts whose contacts hide, each with the pieces of them that must not be found again."""
LOG = "commands.log"
HERE = Path(__file__).parent.parent.parent / "demo"


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(datetime.now(UTC))


@pytest.fixture(scope="module")
def house(world: World, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The demo world, collected over HTTP, tagged with the shipped model, indexed, with its digests written.

    What the commands say on the way, with --debug, is kept as `log`.
    """
    found = Installation(tmp_path_factory.mktemp("leak")).init()
    (found.data / "subscriptions.yaml").write_text(
        f"subscriptions:\n  - id: all\n    title: all\n    channel: file\n    recipients: ['{found.folder / 'digests'}']\n"
        "    every: weekly\n    labels: [smuggling_offer]\n    cap: 500\n",
        "utf-8",
    )
    with serve(world) as base:
        (found.data / "sources.yaml").write_text(
            (HERE / "sources.yaml").read_text("utf-8").replace("{base}", base), "utf-8"
        )
        register = read_yaml(found.data / "sources.yaml", SourceRegister, "")
        assert len(register.sources) >= 6
        log = found.run("collect", "--debug", timeout=300).stderr
    hidden = found.folder / "hidden.ndjson"
    rows = [{"id": str(number), "text": text} for number, (text, _) in enumerate(HIDDEN)]
    hidden.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    found.must("import", str(hidden), "--source", "hidden", "--purpose", "test", "--legal-basis", "invented posts")
    hidden.unlink()
    for words in (("tag",), ("index",), ("digest",)):
        done = found.run(*words, "--debug", timeout=600)
        assert done.returncode == 0, done.stderr.decode()[-2000:]
        log += done.stderr
    (found.folder / LOG).write_bytes(log)
    return found


def spellings(contact: str) -> set[bytes]:
    """A contact as written, and the bare digits of a number in both scripts."""
    forms = {contact, contact.lower()}
    digits = re.sub(r"\D", "", contact)
    if len(digits) >= 8:
        forms |= {digits, digits.lstrip("0")}
    return {form.encode() for form in forms}


def contacts(world: World) -> set[bytes]:
    """What must stand nowhere: the contacts of the demo world and those that hide."""
    hidden = {piece.encode() for _, pieces in HIDDEN for piece in pieces}
    found = {form for entry in world.entries for contact in entry.contacts for form in spellings(contact)}
    # One demo handle of five letters would be found inside words; the rest is specific.
    return hidden | {form for form in found if len(form) >= 8}


def test_every_post_of_the_world_is_there(house: Installation, world: World) -> None:
    posts = house.json("status")["posts"]
    assert posts["seen"] == posts["indexed"] == len(world.entries) + len(HIDDEN)


def test_the_digest_was_written_and_shows_posts(house: Installation) -> None:
    """Else what follows would look for leaks in nothing."""
    pages = list((house.folder / "digests").glob("*.html"))
    assert len(pages) == 1
    assert "daymark:" in pages[0].read_text("utf-8")


def outputs(house: Installation) -> list[bytes]:
    """What people and programs are shown, and what lies in files for them."""
    return [
        house.must("search", "label:smuggling_offer", "--limit", "200", "--json").encode(),
        house.must("search", "whatsapp", "--limit", "200", "--json").encode(),
        house.must("market", "--json").encode(),
        house.must("status", "--json").encode(),
        house.must("digest", "--preview", "--json").encode(),
        house.must("quarantine", "list", "--json").encode(),
        (house.folder / LOG).read_bytes(),
        *(path.read_bytes() for path in (house.folder / "digests").iterdir()),
    ]


def test_no_contact_in_what_leaves_the_ledger(house: Installation, world: World) -> None:
    index = b"".join(path.read_bytes() for path in house.data.glob("index.sqlite*"))
    told = outputs(house)
    leaked = sorted(form for form in contacts(world) if form in index or any(form in output for output in told))
    assert not leaked
    assert b"[phone" in index


def test_no_contact_in_classify(house: Installation, world: World) -> None:
    stdin = "".join(json.dumps({"id": e.id, "text": e.text}) + "\n" for e in world.entries if e.contacts).encode()
    out = house.must("classify", stdin=stdin).encode()
    assert not [form for form in contacts(world) if form in out]


def test_after_erase_none_of_the_authors_bytes_is_anywhere(house: Installation, world: World) -> None:
    author = known_author(_digests(house), world)
    words = words_of(author, world)
    erase(house, world, author)
    everything = every_byte(house)
    assert not [word for word in words if word in everything]


@pytest.fixture(scope="module")
def on_elastic(house: Installation, elasticsearch_url: str) -> Installation:
    """The same ledger with its index in Elasticsearch; the file, which nobody would keep up any more, is deleted."""
    with Elasticsearch(elasticsearch_url) as client:
        empty_elasticsearch(client)
    for path in house.data.glob("index.sqlite*"):
        path.unlink()
    moved = Installation(house.folder, {"DAYMARK_INDEX_URL": elasticsearch_url})
    done = moved.run("reindex", "--debug", timeout=300)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    with (house.folder / LOG).open("ab") as log:
        log.write(done.stderr)
    return moved


@pytest.mark.timeout(300)
def test_no_contact_in_elasticsearch(on_elastic: Installation, world: World, elasticsearch_url: str) -> None:
    with Elasticsearch(elasticsearch_url) as client:
        held = read_back(client)
    status = on_elastic.json("status")
    assert held.count('"_source"') == status["index"]["documents"] == status["posts"]["indexed"]
    told = [held.encode(), *outputs(on_elastic)]
    leaked = sorted(form for form in contacts(world) if any(form in output for output in told))
    assert not leaked
    assert "[phone" in held


@pytest.mark.timeout(300)
def test_after_erase_none_of_the_authors_bytes_is_in_elasticsearch_or_its_files(
    on_elastic: Installation, world: World, elasticsearch_node: Node, elasticsearch_url: str
) -> None:
    with Elasticsearch(elasticsearch_url) as client:
        before = bytes_on_disk(client, elasticsearch_node)
        author = known_author(before, world)
        words = words_of(author, world)
        assert not [form for form in contacts(world) if form in before]
        erase(on_elastic, world, author)
        held = read_back(client).encode()
        assert in_segments(client) == 0
        everything = b"\n".join((held, bytes_on_disk(client, elasticsearch_node), every_byte(on_elastic)))
    assert b"[phone" in held
    assert not [word for word in words if word in everything]


def words_of(author: str, world: World) -> set[bytes]:
    """What an author is known by: the beginnings of the texts, and the name."""
    return {entry.text[:40].encode() for entry in world.entries if entry.author == author} | {author.encode()}


def erase(house: Installation, world: World, author: str) -> None:
    """Erases an author; every post of the author is counted as erased, and none is lost."""
    before = house.json("status")["posts"]
    house.must("erase", "--author", author, "--reason", "test")
    after = house.json("status")["posts"]
    assert after["erased"] - before["erased"] == sum(entry.author == author for entry in world.entries)
    assert after["seen"] == before["seen"]


def known_author(told: bytes, world: World) -> str:
    """An author whose words stand in what is told: else they would not be looked for where they lie."""
    return next(
        entry.author
        for entry in world.entries
        if entry.author and len(entry.text) >= 40 and entry.text[:40].encode() in told
    )


def _digests(house: Installation) -> bytes:
    return b"".join(path.read_bytes() for path in (house.folder / "digests").glob("*.html"))
