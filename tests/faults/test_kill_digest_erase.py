"""kill -9 of `digest` and `erase` at random moments: mails that really leave, files, and an erasure that ends complete.

digest   after the last restart every recipient has the window's digest; one that a kill met between the server's acceptance
         and the record came twice, under one Message-ID, and none came oftener than it was killed; each file is there once, whole
erase    an erasure that was killed anywhere and is asked for again leaves nothing of the author: in ledger, index, digests
"""

from __future__ import annotations

import json
import random
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from alerts import due_windows
from config import Subscription
from demo.site import build_world
from tests.daymark_process import Installation
from tests.faults.stores import every_byte
from tests.peers.smtp import Mailbox

SEED = 20_261_122
AUTHORS = 40
READERS = 60
"""Of the mail; as many deliveries, one after the other."""
FOLDERS = 6
ERASED = 6
"""Of those whose words stand in the digests."""
SUBSCRIPTIONS = (
    {"id": "mail", "channel": "smtp", "recipients": [f"reader{n}@example.org" for n in range(READERS)]},
    {"id": "files", "channel": "file", "recipients": [f"digests/{n}" for n in range(FOLDERS)]},
)


@dataclass(frozen=True)
class Voice:
    """An author of one offer. ``words``: how it begins, as nobody else begins."""

    name: str
    text: str

    @property
    def words(self) -> bytes:
        return self.text[:40].encode()


def make_voices() -> list[Voice]:
    """Offers of the demo world that are no copies of each other, under names of our own."""
    offers = [
        entry.text
        for entry in build_world(datetime.now(UTC)).entries
        if "smuggling_offer" in entry.truth.labels and entry.family is None and len(entry.text) > 60
    ]
    return [Voice(f"qvzx{number:02d}wkyhapax", text) for number, text in enumerate(offers[:AUTHORS])]


VOICES = make_voices()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Offers by forty authors, indexed, in a window that has just closed; told of by mail and in folders."""
    found = Installation(tmp_path_factory.mktemp("killed")).init()
    common = {"title": "All offers", "every": "daily", "cap": 100}
    (found.data / "subscriptions.yaml").write_text(
        json.dumps({"subscriptions": [{**common, **one} for one in SUBSCRIPTIONS]}), "utf-8"
    )
    (window,) = due_windows(Subscription.model_validate({**common, **SUBSCRIPTIONS[1]}), datetime.now(UTC), None)
    rows = [
        {
            "id": str(number),
            "text": voice.text,
            "author": voice.name,
            "published_at": (window.start + timedelta(minutes=60 + 20 * number)).isoformat(),
        }
        for number, voice in enumerate(VOICES)
    ]
    posts = found.folder / "posts.ndjson"
    posts.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    found.must("import", str(posts), "--source", "test", "--purpose", "p", "--legal-basis", "invented posts")
    posts.unlink()
    found.must("tag")
    found.must("index")
    return found


def kill_after(house: Installation, words: tuple[str, ...], done: Callable[[], int], more: int, wait: float) -> bool:
    """Kills a command ``wait`` s after it has ``done`` so much ``more``; says whether it was still at work then."""
    wanted = done() + more
    process = house.start(*words)
    while process.poll() is None and done() < wanted:
        time.sleep(0.002)
    try:
        process.wait(timeout=wait)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    return process.returncode == -signal.SIGKILL


@pytest.mark.timeout(300)
def test_digests_reach_everybody_and_nobody_twice_but_for_the_promised_double(
    house: Installation, smtp_server: Mailbox
) -> None:
    house.environment |= {
        "DAYMARK_SMTP_URL": f"smtp://{smtp_server.host}:{smtp_server.port}",
        "DAYMARK_SMTP_FROM": "daymark@example.org",
    }
    draw = random.Random(SEED)
    folder = house.data / "digests"

    def done() -> int:
        return delivered(smtp_server, folder)

    kills = int(kill_after(house, ("digest",), done, 0, draw.uniform(0.2, 1.5)))
    met = 0
    for _ in range(5):
        before = done()
        kills += kill_after(house, ("digest",), done, draw.randint(1, 5), draw.uniform(0, 0.01))
        met += before < done() < READERS + FOLDERS
        if done() >= READERS + FOLDERS:
            break  # how much one start delivers depends on the machine
    assert met, "no kill met it between its first delivery and its last"
    last = house.json("digest")
    assert (last["retried"], last["dead"], last["lost"]) == (0, 0, 0)
    outbox = house.json("status")["outbox"]
    assert (outbox["sent"], outbox["due"], outbox["leased"], outbox["dead"]) == (READERS + FOLDERS, 0, 0, 0)
    check_mails(smtp_server, kills)
    check_files(folder)
    before = done()
    assert house.json("digest")["sent"] == 0
    assert done() == before


def delivered(mailbox: Mailbox, folder: Path) -> int:
    return len(mailbox.received) + len(list(folder.glob("*/*.html")))


def check_mails(mailbox: Mailbox, kills: int) -> None:
    came = Counter((mail.recipients, str(mail.message["Message-ID"])) for mail in mailbox.messages)
    assert {recipients for recipients, _ in came} == {(f"reader{n}@example.org",) for n in range(READERS)}
    assert len(came) == READERS, "somebody got two messages that no mail program shows as one"
    assert sum(came.values()) - READERS <= kills
    assert len({str(mail.message["Subject"]) for mail in mailbox.messages}) == 1, "the window was made once"
    bodies = {part.get_content() for mail in mailbox.messages if (part := mail.message.get_body(("plain",)))}
    assert len(bodies) == 1
    assert "daymark:" in bodies.pop()


def check_files(folder: Path) -> None:
    for place in (folder / str(number) for number in range(FOLDERS)):
        found = sorted(path.suffix for path in place.iterdir())
        assert found == [".html", ".txt"], "a beginning was left, or a digest is missing"
    pages = {path.read_text("utf-8") for path in folder.glob("*/*.html")}
    assert len(pages) == 1
    assert pages.pop().rstrip().endswith("</html>")


@pytest.mark.timeout(300)
def test_an_erasure_that_was_killed_anywhere_ends_complete(house: Installation) -> None:
    draw = random.Random(SEED)
    everything = every_byte(house)
    told = b"".join(path.read_bytes() for path in house.data.glob("digests/0/*"))
    kept, *doomed = [voice for voice in VOICES if voice.words in told][: ERASED + 1]
    assert len(doomed) == ERASED, "too few stand in the digests"
    assert all(voice.words in everything for voice in doomed)
    before = house.json("status")["posts"]
    whole = timed(lambda: house.must(*erasing(doomed[0])))
    kills = 0
    for voice in doomed[1:]:
        # Mostly once the ledger has erased: in the digests, the index, its files or the ledger's.
        at_once = draw.random() < 0.3
        wait = draw.uniform(0.2, whole) if at_once else draw.uniform(0, whole / 6)
        kills += kill_after(house, erasing(voice), lambda: tombstones(house), 0 if at_once else 1, wait)
        house.must(*erasing(voice))
        left = every_byte(house)
        assert voice.words not in left
        assert voice.name.encode() not in left
    assert kills >= 2, "it was hardly met in its work"
    after = house.json("status")["posts"]
    assert after["erased"] == len(doomed)
    assert after["seen"] == before["seen"] == AUTHORS
    report = house.json("index", "check", "--no-repair")
    assert (report["missing"], report["stale"], report["orphaned"], report["ahead"]) == (0, 0, 0, 0)
    pages = [path.read_bytes() for path in house.data.glob("digests/*/*.html")]
    assert len(pages) == FOLDERS
    assert all(kept.words in page for page in pages), "who was not erased is still told of"


def erasing(voice: Voice) -> tuple[str, ...]:
    return ("erase", "--author", voice.name, "--reason", "asked for")


def timed(action: Callable[[], Any]) -> float:
    begun = time.monotonic()
    action()
    return time.monotonic() - begun


def tombstones(house: Installation) -> int:
    """Read past Daymark, since this is asked for every few milliseconds."""
    with closing(sqlite3.connect(house.data / "ledger.sqlite")) as conn:
        found: int = conn.execute("SELECT count(*) FROM tombstone").fetchone()[0]
    return found
