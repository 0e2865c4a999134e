"""The service: a post's fault stops nothing, a model's fault blames no post, SIGTERM ends it cleanly, a failed job runs again."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from structlog.testing import capture_logs

import scheduler
from config import Pseudonyms, Settings, load_key
from crawlers import CrawlProcesses
from ledger import (
    Ledger,
    Stage,
    Worker,
    due,
    land,
    list_quarantine,
    make_worker,
    open_ledger,
    read_source,
    schema,
    status_counts,
)
from nlp import ModelError, Tagger, TextInput
from records import Capture, Landing, Post, RawItem, Tags
from tagging import TAG_BATCH, drain_tag
from tests.daymark_process import COMMAND, Installation
from tests.peers.hostile import hostile
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
    drain_tag(ledger, worker, tagger, {})
    counts = status_counts(ledger)
    assert (counts.tagged, counts.quarantined, counts.landed) == (22, 1, 0)
    (failed,) = list_quarantine(ledger)
    assert failed.attempts == 3
    # The reason names the kind of fault; the model's own words can quote the post.
    assert "RuntimeError" in failed.reason
    assert "poison" not in failed.reason


class Dead(Tagger):
    """A model that fails as a whole from its nth call on, as one whose memory ran out."""

    lives = 0
    fault: type[Exception] = RuntimeError

    def tag(self, inputs: Sequence[TextInput]) -> list[Tags]:
        if self.lives <= 0:
            raise self.fault("out of memory at address 0x7f")
        self.lives -= 1
        return super().tag(inputs)


def make_dead(ledger: Ledger, folder: Path, lives: int = 0, fault: type[Exception] = RuntimeError) -> Tagger:
    tiny = make_tiny_model(folder / "tiny")
    tagger = Dead.load(ledger.pseudonyms.contact, str(tiny.model), str(tiny.encoder))
    assert isinstance(tagger, Dead)
    tagger.lives, tagger.fault = lives, fault
    return tagger


def test_a_model_that_fails_as_a_whole_blames_no_post(ledger: Ledger, worker: Worker, tmp_path: Path) -> None:
    land_texts(ledger, [f"post number {n}" for n in range(300)])
    dead = make_dead(ledger, tmp_path)
    for _ in range(4):
        with pytest.raises(ModelError, match="reads nothing any more"):
            drain_tag(ledger, worker, dead, {})
    counts = status_counts(ledger)
    assert (counts.landed, counts.tagged, counts.quarantined) == (300, 0, 0)
    assert due(ledger, Stage.TAG) == (300, 0), "the leases are given back"
    with ledger.read() as conn:
        assert {row.attempts for row in conn.execute(schema.post.select())} == {0}


def test_a_model_that_dies_half_way_blames_no_post(ledger: Ledger, worker: Worker, tmp_path: Path) -> None:
    land_texts(ledger, ["this one is poison", *(f"post number {n}" for n in range(20))])

    class Dying(Choosy):
        calls = 0

        def tag(self, inputs: Sequence[TextInput]) -> list[Tags]:
            self.calls += 1
            if self.calls > 6:
                raise RuntimeError("gone")
            return super().tag(inputs)

    tiny = make_tiny_model(tmp_path / "tiny")
    tagger = Dying.load(ledger.pseudonyms.contact, str(tiny.model), str(tiny.encoder))
    with pytest.raises(ModelError):
        drain_tag(ledger, worker, tagger, {})
    counts = status_counts(ledger)
    assert counts.quarantined == 0
    assert 0 < counts.tagged < 20, "what was read alone before stays read"
    with ledger.read() as conn:
        blamed = {row.native_id: row.attempts for row in conn.execute(schema.post.select()) if row.attempts}
    assert blamed == {"s:0": 1}, "the one that the living model could not read"


@pytest.mark.parametrize("fault", [MemoryError, OSError])
def test_a_machine_without_memory_or_disk_blames_no_post(
    ledger: Ledger, worker: Worker, tmp_path: Path, fault: type[Exception]
) -> None:
    land_texts(ledger, ["a post", "another"])
    with pytest.raises(fault):
        drain_tag(ledger, worker, make_dead(ledger, tmp_path, fault=fault), {})
    assert due(ledger, Stage.TAG) == (2, 0)
    assert list_quarantine(ledger) == []


def make_rooms(ledger: Ledger, worker: Worker, data: Path, tagger: Any = None) -> scheduler.Rooms:
    settings = Settings(data=data, key_dir=data.parent / "key")
    index: Any = None
    return scheduler.Rooms(settings, ledger, worker, tagger, index, CrawlProcesses(), threading.Event())


def test_a_source_added_while_the_service_runs_brings_its_regions(
    ledger: Ledger, worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed: list[dict[str, tuple[str, ...]]] = []
    monkeypatch.setattr(scheduler, "drain_tag", lambda _, __, ___, regions, **____: handed.append(regions))
    rooms = make_rooms(ledger, worker, tmp_path)
    for sources in ("[]", "[{id: new, kind: feeds, url: 'https://new.example/feed', regions: [TR]}]"):
        (tmp_path / "sources.yaml").write_text(f"sources: {sources}\n", "utf-8")
        scheduler.tag(rooms)
    assert handed == [{}, {"new": ("TR",)}]


def test_a_job_that_fails_pauses_longer_each_time_and_recovers(
    ledger: Ledger, worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1000.0]
    monkeypatch.setattr("scheduler.time.monotonic", lambda: clock[0])
    fails = True
    ran: list[float] = []

    def job(_: scheduler.Rooms) -> None:
        ran.append(clock[0] - 1000)
        if fails:
            raise RuntimeError("the database restarts")

    rooms = make_rooms(ledger, worker, tmp_path)
    guarded = scheduler.Guarded("tag", job, rooms, 5)
    for second in range(200):
        clock[0] = 1000.0 + second
        guarded()
    assert ran == [0, 10, 30, 70, 130, 190]
    fails = False
    for second in range(250, 260):
        clock[0] = 1000.0 + second
        guarded()
    assert ran[6:] == list(range(250, 260)), "a success ends the pauses"
    rooms.stop.set()
    guarded()
    assert len(ran) == 16


@pytest.mark.parametrize(("fault", "told"), [(OSError(28, "disk full"), True), (ValueError("it says: poison"), False)])
def test_the_log_names_the_place_of_a_defect_and_not_its_words(
    ledger: Ledger, worker: Worker, tmp_path: Path, fault: Exception, *, told: bool
) -> None:
    def job(_: object = None) -> None:
        raise fault

    def keep(_: scheduler.Rooms) -> None:
        scheduler.do_each("keep", job, job)

    with capture_logs() as logs:
        scheduler.Guarded("keep", keep, make_rooms(ledger, worker, tmp_path), 5)()
    assert [entry["event"] for entry in logs] == ["a duty failed", "job failed"]
    for entry in logs:
        assert entry["error"] == type(fault).__name__
        assert (str(fault) in entry["detail"]) is told
        assert entry["detail"].startswith("test_scheduler.py:") is not told


def test_a_tick_that_comes_late_is_not_lost(ledger: Ledger, worker: Worker, tmp_path: Path) -> None:
    clock = scheduler.make_clock(make_rooms(ledger, worker, tmp_path), scheduler.JOBS)
    clock.start(paused=True)
    try:
        assert {job.id: job.misfire_grace_time for job in clock.get_jobs()} == dict.fromkeys(scheduler.JOBS)
    finally:
        clock.shutdown()


def test_a_stop_is_obeyed_between_batches(ledger: Ledger, worker: Worker, tmp_path: Path) -> None:
    tiny = make_tiny_model(tmp_path / "tiny")
    tagger = Tagger.load(ledger.pseudonyms.contact, str(tiny.model), str(tiny.encoder))
    land_texts(ledger, [f"post number {n}" for n in range(TAG_BATCH * 3)])
    stop = threading.Event()
    report = drain_tag(ledger, worker, tagger, {}, stop=stop, tell=lambda _: stop.set())
    assert report.tagged == TAG_BATCH
    assert status_counts(ledger).landed == TAG_BATCH * 2


def test_the_service_runs_all_stages_and_ends_on_sigterm(tmp_path: Path) -> None:
    house = Installation(tmp_path, make_tiny_model(tmp_path / "tiny").environment).init()
    rows = "\n".join(f'{{"id": "{n}", "text": "people at the border said number {n}"}}' for n in range(50))
    (tmp_path / "posts.ndjson").write_text(rows + "\n", "utf-8")
    house.must("import", str(tmp_path / "posts.ndjson"), "--source", "s", "--purpose", "p", "--legal-basis", "l")
    service = subprocess.Popen([COMMAND, "run"], env=house.full_environment(), stderr=subprocess.PIPE)
    try:
        _wait_until(lambda: house.json("status")["posts"]["indexed"] == 50, 90)
        service.send_signal(signal.SIGTERM)
        _, err = service.communicate(timeout=60)
    finally:
        service.kill()
    assert service.returncode == 0
    assert b"job failed" not in err
    assert house.json("status")["due"] == {"tag": 0, "retag": 0, "index": 0, "recheck": 0}


def test_sigterm_does_not_wait_for_a_slow_source(tmp_path: Path) -> None:
    house = Installation(tmp_path, make_tiny_model(tmp_path / "tiny").environment).init()
    with hostile() as server:
        source = {"id": "slow", "kind": "feeds", "url": server.base_url + "/hang", "purpose": "p", "legal_basis": "l"}
        register = {"sources": [{**source, "allow_private": True, "delay": 0}]}
        (house.data / "sources.yaml").write_text(yaml.safe_dump(register), "utf-8")
        service = subprocess.Popen([COMMAND, "run"], env=house.full_environment(), stderr=subprocess.PIPE)
        try:
            _wait_until(lambda: "/hang" in server.paths(), 90)
            began = time.monotonic()
            service.send_signal(signal.SIGTERM)
            _, err = service.communicate(timeout=60)
            assert time.monotonic() - began < 40
        finally:
            service.kill()
    assert service.returncode == 0
    assert b"job failed" not in err
    with open_ledger(f"sqlite:///{house.data / 'ledger.sqlite'}", load_key(tmp_path / "key")) as ledger:
        with ledger.read() as conn:
            assert [row.outcome for row in conn.execute(schema.poll.select())] == ["interrupted"]
            assert conn.execute(schema.worker.select()).all() == []
        state = read_source(ledger, "slow")
        assert (state.failures, state.next_due) == (0, None), "it is read again at once"


def _wait_until(holds: object, seconds: float) -> None:
    assert callable(holds)
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(1)
