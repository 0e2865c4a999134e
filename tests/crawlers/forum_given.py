"""A board of hand-made pages (forum_board.py) and its source, polled on answers given as a dict (stand_in.py)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from config import Source
from records import make_post_id
from tests.crawlers.conftest import make_source
from tests.crawlers.forum_board import HTML, Board
from tests.crawlers.stand_in import Answer, Run, Say, read

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def source(board: Board, **fields: Any) -> Source:
    return make_source(board.url, kind="forum", engine=board.engine, author_kind="person", **fields)


def board(engine: str = "phpbb") -> Board:
    return Board(engine)


def poll(board: Board, entry: Source | None = None, answers: dict[str, Say] | None = None, **given: Any) -> Run:
    """One poll of a board; ``answers``: in the place of the board's own."""
    return read(entry or source(board), board.answers() if answers is None else answers, **given)


def numbers(run: Run) -> list[int]:
    return sorted(int(post.native_id.partition("#")[2]) for post in run.posts)


def post_id(number: int) -> str:
    return make_post_id("forum", f"https://board.example/#{number}")


def html(body: str) -> Answer:
    return Answer(body, headers=HTML)
