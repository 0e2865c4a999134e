"""`daymark run` follows a stream by itself, and a stop does not wait for it."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import yaml

from config import load_key
from ledger import open_ledger, read_source
from tests.crawlers.conftest import posts, rows
from tests.crawlers.jetstream_people import ANA, People, at
from tests.crawlers.jetstream_server import Jetstream
from tests.crawlers.jetstream_sources import wait_for
from tests.crawlers.site import Site
from tests.daymark_process import COMMAND, Installation
from tests.tiny_model import make_tiny_model


def test_the_service_follows_a_stream_and_ends_on_sigterm(
    tmp_path: Path, stream: Jetstream, site: Site, people: People
) -> None:
    house = Installation(tmp_path, make_tiny_model(tmp_path / "tiny").environment).init()
    entry = {"id": "live", "kind": "jetstream", "url": stream.url, "appview": site.base_url, "words": ["tekne"],
             "purpose": "p", "legal_basis": "l", "allow_private": True, "delay": 0}  # fmt: skip
    (house.data / "sources.yaml").write_text(yaml.safe_dump({"sources": [entry]}), "utf-8")
    service = subprocess.Popen([COMMAND, "run"], env=house.full_environment(), stderr=subprocess.PIPE)
    try:
        wait_for(lambda: stream.connections == 1, 90)
        stream.post(ANA, "3ka", "tekne bir")
        with open_ledger(f"sqlite:///{house.data / 'ledger.sqlite'}", load_key(tmp_path / "key")) as ledger:
            wait_for(lambda: at(ANA, "3ka") in posts(ledger))
            wait_for(lambda: read_source(ledger, "live").cursor.get("seq") == 1)
            began = time.monotonic()
            service.send_signal(signal.SIGTERM)
            _, err = service.communicate(timeout=60)
            assert time.monotonic() - began < 40
            assert (service.returncode, b"job failed" in err) == (0, False)
            assert [row["outcome"] for row in rows(ledger, "poll")] == ["interrupted"]
            assert rows(ledger, "worker") == []
    finally:
        service.kill()
