"""A forum of discourse_server.py with posts in it, and one post asked for again: what the tests of its spider share."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from config import Source
from crawlers.platforms.discourse.posts import make_native_id
from crawlers.task import RecheckOf
from records import make_post_id
from tests.crawlers.conftest import make_source
from tests.crawlers.discourse_server import Forum
from tests.crawlers.stand_in import NOW, Run, read

BASE = "https://forum.example"


def source(**fields: Any) -> Source:
    return make_source(BASE, kind="discourse", author_kind="person", **fields)


def filled(*numbers: int, old: bool = False, age: timedelta = timedelta(minutes=5)) -> Forum:
    forum = Forum(old=old)
    for number in numbers:
        forum.write(number, age, NOW)
    return forum


def numbers(run: Run) -> list[int]:
    return [int(post.native_id.rpartition("/")[2]) for post in run.posts]


def recheck(forum: Forum, number: int, **fields: Any) -> Run:
    native_id = fields.pop("lookup", make_native_id("forum.example", number))
    wanted = (RecheckOf(post_id=make_post_id("discourse", native_id), lookup=native_id),)
    return read(source(**fields), forum.answers(BASE), rechecks=wanted)
