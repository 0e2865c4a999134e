"""A source that reads a server of the Fediverse, and polls of those of fediverse_server.py in this process (stand_in.py)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from config import Source
from crawlers.task import RecheckOf
from records import FEDIVERSE, make_post_id
from tests.crawlers.conftest import make_source
from tests.crawlers.fediverse_server import Mastodon4
from tests.crawlers.stand_in import Run, read


def mastodon_source(url: str, **fields: Any) -> Source:
    return make_source(url, kind="mastodon", author_kind="person", **fields)


def poll_once(server: Mastodon4, before: Run | None = None, *due: str, **fields: Any) -> Run:
    """A poll; ``due``: statuses to be rechecked."""
    host = server.base.partition("://")[2]
    return read(
        mastodon_source(server.base, **fields),
        server.answers(server.base),
        before=before,
        started=datetime.now(UTC),
        rechecks=tuple(RecheckOf(post_id=post_id(server, key), lookup=f"{host}/{key}") for key in due),
    )


def post_id(server: Mastodon4, key: str) -> str:
    return make_post_id(FEDIVERSE, f"{server.base}/users/ana/statuses/{key}")


def outcomes(run: Run, server: Mastodon4) -> dict[str, str]:
    return {key: run.rechecked[made] for key in server.statuses if (made := post_id(server, key)) in run.rechecked}
