"""A server of lemmy_server.py with posts and comments, and the source that reads it in this process (stand_in.py)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from config import Source
from crawlers.task import RecheckOf
from records import make_post_id
from tests.crawlers.conftest import make_source
from tests.crawlers.lemmy_server import HOME, Lemmy
from tests.crawlers.stand_in import NOW, Run, read

BASE = f"https://{HOME}"
VERSIONS = pytest.mark.parametrize("version", [3, 4])


def source(**fields: Any) -> Source:
    return make_source(BASE, kind="lemmy", author_kind="person", **fields)


def filled(count: int, version: int = 3, **fields: Any) -> Lemmy:
    server = Lemmy(version, **fields)
    for number in range(1, count + 1):
        server.post(number, timedelta(minutes=5), NOW)
        server.comment(number, timedelta(minutes=5), NOW)
    return server


def names(run: Run) -> set[str]:
    return {post.native_id.removeprefix(f"{BASE}/") for post in run.posts}


def recheck(server: Lemmy, kind: str, number: int, lookup: str = "") -> Run:
    post_id = make_post_id("fediverse", f"{BASE}/{kind}/{number}")
    wanted = (RecheckOf(post_id=post_id, lookup=lookup or f"{HOME}/{kind}/{number}"),)
    return read(source(), server.answers(BASE), rechecks=wanted)
