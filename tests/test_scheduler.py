"""The service: one post's fault stops nothing, SIGTERM ends it cleanly, a failing job runs again."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

import scheduler
from config import Pseudonyms
from ledger import Ledger, Worker, land, list_quarantine, make_worker, open_ledger, status_counts
from nlp import Tagger, TextInput
from records import Capture, Landing, Post, RawItem, Tags
from tests.daymark_process import COMMAND, Installation
from tests.tiny_model import make_tiny_model

NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", Pseudonyms(b"k" * 32)) as found:
        yield found


@pytest.fixture
def worker(ledger: Ledger) -> Iterator[Worker]:
    with make_worker(ledger) as found:
        yield found


def land_texts(ledger: Ledger, texts: Sequence[str]) -> None:
    capture = Capture(
        capture_id="c" * 32, url="x", fetched_at=NOW, status=0, sha256="0" * 64, body=b"", spider="test", version="0"
    )
    land(
        ledger,
        [
            Landing(
                post=Post(platform="import", native_id=f"s:{n}", source="s", text=text, collected_at=NOW),
                raw=RawItem(body=text.encode(), media_type="text/plain"),
                capture=capture,
            )
            for n, text in enumerate(texts)
        ],
    )


class Choosy(Tagger):
    """The real tagger, but one word makes it fail, as a defect in a tokenizer would."""

    def tag(self, inputs: Sequence[TextInput]) -> list[Tags]:
        if any("poison" in item.text for item in inputs):
            raise RuntimeError("cannot read this, it says: poison")
        return super().tag(inputs)


def test_a_post_that_breaks_the_model_is_put_aside_and_the_rest_goes_on(
    ledger: Ledger, worker: Worker, tmp_path: Path
) -> None:
    tiny = make_tiny_model(tmp_path / "tiny")
    tagger = Choosy.load(ledger.pseudonyms.contact, str(tiny.model), str(tiny.encoder))
    land_texts(ledger, ["a good post", "this one is poison", "another good post"] + ["more of them"] * 20)
    scheduler.drain_tag(ledger, worker, tagger, {})
    counts = status_counts(ledger)
    assert (counts.tagged, counts.quarantined, counts.landed) == (22, 1, 0)
    (failed,) = list_quarantine(ledger)
    assert failed.attempts == 3
    # The reason names the kind of fault; the model's own words can quote the post.
    assert "RuntimeError" in failed.reason
    assert "poison" not in failed.reason


def test_a_stop_is_obeyed_between_batches(ledger: Ledger, worker: Worker, tmp_path: Path) -> None:
    tiny = make_tiny_model(tmp_path / "tiny")
    tagger = Tagger.load(ledger.pseudonyms.contact, str(tiny.model), str(tiny.encoder))
    land_texts(ledger, [f"post number {n}" for n in range(scheduler.TAG_BATCH * 3)])
    stop = threading.Event()
    report = scheduler.drain_tag(ledger, worker, tagger, {}, stop=stop, tell=lambda _: stop.set())
    assert report.tagged == scheduler.TAG_BATCH
    assert status_counts(ledger).landed == scheduler.TAG_BATCH * 2


def test_the_service_runs_all_stages_and_ends_on_sigterm(tmp_path: Path) -> None:
    house = Installation(tmp_path, make_tiny_model(tmp_path / "tiny").environment).init()
    rows = "\n".join(f'{{"id": "{n}", "text": "people at the border said number {n}"}}' for n in range(50))
    (tmp_path / "posts.ndjson").write_text(rows + "\n", "utf-8")
    house.must("import", str(tmp_path / "posts.ndjson"), "--source", "s", "--purpose", "p", "--legal-basis", "l")
    service = subprocess.Popen([COMMAND, "run"], env=house.full_environment(), stderr=subprocess.PIPE)
    try:
        _wait_until(lambda: house.json("status")["posts"]["indexed"] == 50, 90)
        service.send_signal(signal.SIGTERM)
        _, err = service.communicate(timeout=20)
    finally:
        service.kill()
    assert service.returncode == 0
    assert b"job failed" not in err
    assert house.json("status")["due"] == {"tag": 0, "retag": 0, "index": 0, "recheck": 0}


def _wait_until(holds: object, seconds: float) -> None:
    assert callable(holds)
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(1)
