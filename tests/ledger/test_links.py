"""Links between posts and the people they name: kept as ids and pseudonyms, left out and taken out where somebody was erased."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command

from ledger import (
    LandReport,
    Ledger,
    LedgerError,
    State,
    Worker,
    ack_indexed,
    claim_index,
    compact,
    erase_author,
    erase_post,
    housekeep,
    land,
    mark_removed,
    open_ledger,
    schema,
)
from ledger.database import make_engine
from ledger.migrations import alembic_config
from ledger.wording import UNTOUCHED, wording, words
from records import make_post_id
from tests.ledger.conftest import KEY
from tests.ledger.world import (
    NOON,
    OFF_TOPIC,
    PROJECT,
    assert_sound,
    index,
    make_landing,
    make_post,
    post_of,
    row_of,
    rows,
    state_of,
    tag,
)

ANN, BOB = "ann@social.example", "bob@social.example"
NEVER_SEEN = "https://elsewhere.example/statuses/9"


def native(number: int) -> str:
    return make_post(number).native_id


def id_of(number: int) -> str:
    return make_post(number).post_id


def test_links_are_ids_of_posts_seen_or_not(ledger: Ledger) -> None:
    land(
        ledger,
        [make_landing(1, thread=native(1)), make_landing(2, reply_to=native(1), thread=native(1), quotes=NEVER_SEEN)],
    )
    assert (post_of(ledger, 1).reply_to, post_of(ledger, 1).thread) == (None, id_of(1))
    found = post_of(ledger, 2)
    assert (found.reply_to, found.thread, found.quotes) == (
        id_of(1),
        id_of(1),
        make_post_id("fediverse", NEVER_SEEN),
    )
    assert_sound(ledger)


def test_one_who_is_named_and_one_who_writes_are_the_same_pseudonym(ledger: Ledger) -> None:
    land(ledger, [make_landing(1), make_landing(2, author=BOB, mentions=[ANN, "cem@far.example", ANN])])
    named = post_of(ledger, 2).mentions
    assert named[0] == post_of(ledger, 1).author
    assert len(set(named)) == 2
    for row in rows(ledger, schema.post):
        assert ANN not in str({**row, "native_id": "", "url": ""}), "no name in clear"


@pytest.mark.parametrize(("platform", "same"), [("import", False), ("x", True)])
def test_a_name_of_an_import_is_one_within_its_source(ledger: Ledger, platform: str, same: bool) -> None:
    land(
        ledger,
        [
            make_landing(1, platform=platform, source="a", native_id="a:1", author="ann"),
            make_landing(2, platform=platform, source="a", native_id="a:2", author=None, mentions=["ann"]),
            make_landing(3, platform=platform, source="b", native_id="b:3", author=None, mentions=["ann"]),
        ],
    )
    by_id = {row["native_id"]: row for row in rows(ledger, schema.post)}
    assert by_id["a:2"]["mentions"] == [by_id["a:1"]["author"]]
    assert (by_id["b:3"]["mentions"] == by_id["a:2"]["mentions"]) is same
    assert erase_author(ledger, "ann", "asked for").others == 2, (
        "the scope of a name is known though nobody wrote there"
    )


def test_one_who_is_named_by_an_edit_alone_can_be_erased_by_name(ledger: Ledger) -> None:
    chat: dict[str, Any] = {"platform": "import", "source": "chat", "native_id": "chat:1", "author": None}
    land(ledger, [make_landing(1, **chat, text="before")])
    assert land(ledger, [make_landing(1, **chat, text="after", mentions=["ann"])]) == LandReport(revised=1)
    assert erase_author(ledger, "ann", "asked for").others == 1
    assert [row["mentions"] for row in rows(ledger, schema.post)] == [None]


# Read again


def test_a_later_reading_adds_what_an_earlier_one_did_not_say(ledger: Ledger, worker: Worker) -> None:
    land(ledger, [make_landing(1), make_landing(2, author=BOB)])
    tag(ledger, worker)
    index(ledger, worker)
    version = post_of(ledger, 2).doc_version
    assert land(ledger, [make_landing(2, author=BOB, reply_to=native(1), mentions=[ANN])]) == LandReport(unchanged=1)
    found = post_of(ledger, 2)
    assert (found.reply_to, found.mentions) == (id_of(1), (post_of(ledger, 1).author,))
    assert (found.state, found.revision, found.doc_version) == (State.TAGGED, 1, version + 1)
    land(ledger, [make_landing(2, author=BOB)])
    assert post_of(ledger, 2).reply_to == id_of(1), "a reading that does not say it takes nothing back"
    assert post_of(ledger, 2).doc_version == version + 1


def test_an_edit_brings_its_own_names_and_keeps_its_place(ledger: Ledger) -> None:
    land(ledger, [make_landing(1, reply_to=NEVER_SEEN, mentions=[BOB])])
    land(ledger, [make_landing(1, text="edited", mentions=[])])
    found = post_of(ledger, 1)
    assert (found.revision, found.mentions) == (2, ())
    assert found.reply_to == make_post_id("fediverse", NEVER_SEEN)


def counts(ledger: Ledger) -> tuple[dict[str, int], int]:
    found = post_of(ledger, 1)
    assert found.engagement_read_at is not None
    return found.engagement, round((found.engagement_read_at - NOON) / timedelta(minutes=1))


def test_counts_are_taken_over_anew_after_an_hour_without_a_revision(ledger: Ledger, worker: Worker) -> None:
    def read(minutes: int, likes: int, **changes: Any) -> LandReport:
        at = NOON + timedelta(minutes=minutes)
        return land(ledger, [make_landing(1, engagement={"likes": likes}, collected_at=at, **changes)])

    read(0, 1)
    tag(ledger, worker)
    index(ledger, worker)
    assert read(59, 5) == LandReport(unchanged=1)
    assert counts(ledger) == ({"likes": 1}, 0), "each poll of the overlap would write the document anew"
    assert state_of(ledger) is State.INDEXED
    read(61, 7, source="another")
    assert counts(ledger) == ({"likes": 1}, 0), "another server counts what it has seen"
    assert read(62, 6) == LandReport(unchanged=1)
    assert counts(ledger) == ({"likes": 6}, 62)
    found = post_of(ledger)
    assert (found.state, found.revision, found.collected_at) == (State.TAGGED, 1, NOON)
    read(200, 6)
    assert counts(ledger) == ({"likes": 6}, 62), "the same counts are no news"
    land(ledger, [make_landing(1, collected_at=NOON + timedelta(hours=9))])
    assert counts(ledger) == ({"likes": 6}, 62), "a reading without counts takes none back"
    assert_sound(ledger)


# Erased and stripped


def test_an_erased_author_is_named_nowhere_and_stays_unnamed(ledger: Ledger, worker: Worker) -> None:
    second = make_landing(
        2, author=BOB, mentions=[ANN, "cem@far.example"], reply_to=native(1), thread=native(1), quotes=native(1)
    )
    land(ledger, [make_landing(1), second, make_landing(3, author=BOB)])
    tag(ledger, worker)
    index(ledger, worker)
    ann, version = post_of(ledger, 1).author, post_of(ledger, 2).doc_version
    done = erase_author(ledger, ANN, "asked for")
    assert (done.posts, done.tombstones, done.others) == (1, 2, 1)

    def check() -> None:
        found = post_of(ledger, 2)
        assert (found.reply_to, found.thread, found.quotes) == (None, None, None)
        assert len(found.mentions) == 1
        assert ann not in found.mentions

    check()
    found = post_of(ledger, 2)
    assert (found.state, found.doc_version, found.expunge) == (State.TAGGED, version + 1, True)
    assert post_of(ledger, 3).state is State.INDEXED, "who did not name them is left alone"
    assert land(ledger, [second, make_landing(1)]) == LandReport(unchanged=1, tombstoned=1)
    check()
    land(ledger, [make_landing(2, text="edited", author=BOB, mentions=[ANN, "cem@far.example"], reply_to=native(1))])
    check()
    assert_sound(ledger)


def test_the_document_without_the_name_ends_what_is_owed(ledger: Ledger, worker: Worker) -> None:
    land(ledger, [make_landing(1), make_landing(2, author=BOB, mentions=[ANN])])
    tag(ledger, worker)
    work = claim_index(ledger, worker, 10)
    erase_author(ledger, ANN, "asked for")
    assert {item.post.expunge for item in work} == {False}
    ack_indexed(ledger, worker, [(item.post.post_id, item.post.doc_version) for item in work])
    assert post_of(ledger, 2).expunge, "the document under way was made before the erasure"
    index(ledger, worker)
    assert not post_of(ledger, 2).expunge


def test_one_who_is_only_named_can_be_erased_too(ledger: Ledger) -> None:
    land(ledger, [make_landing(1, mentions=["cem@far.example"]), make_landing(2)])
    done = erase_author(ledger, "@cem@far.example", "asked for")
    assert (done.posts, done.tombstones, done.others) == (0, 1, 1)
    assert post_of(ledger, 1).mentions == ()
    assert erase_author(ledger, "cem@far.example", "asked twice").others == 0
    assert land(ledger, [make_landing(3, author="cem@far.example")]) == LandReport(tombstoned=1)
    with pytest.raises(LedgerError, match="no post of that author"):
        erase_author(ledger, "cem@near.example", "asked for")


def test_an_erased_post_is_linked_to_by_none(ledger: Ledger) -> None:
    land(ledger, [make_landing(1), *(make_landing(n, author=BOB, thread=native(1)) for n in (2, 3, 4))])
    assert erase_post(ledger, id_of(1), "asked for").others == 3
    land(ledger, [make_landing(5, quotes=native(1), reply_to=native(2))])
    assert {post_of(ledger, n).thread for n in (2, 3, 4)} == {None}
    assert (post_of(ledger, 5).quotes, post_of(ledger, 5).reply_to) == (None, id_of(2))


@pytest.mark.parametrize("why", ["removed", "off topic"])
def test_stripping_takes_the_names_with_the_author(ledger: Ledger, worker: Worker, why: str) -> None:
    land(ledger, [make_landing(1, reply_to=NEVER_SEEN, mentions=[BOB])])
    if why == "removed":
        mark_removed(ledger, id_of(1), NOON)
    tag(ledger, worker, **({} if why == "removed" else OFF_TOPIC))
    assert housekeep(ledger, PROJECT, datetime.now(UTC) + timedelta(days=30)).stripped == 1
    if why == "off topic":
        assert land(ledger, [make_landing(1, mentions=[BOB])]) == LandReport(unchanged=1)
    row = row_of(ledger)
    assert (row["author"], row["mentions"]) == (None, None)
    assert row["reply_to"] is not None
    assert_sound(ledger)


def test_no_byte_of_a_name_is_left_in_the_file(sqlite_copy: str) -> None:
    with open_ledger(sqlite_copy, KEY) as ledger:
        land(
            ledger,
            [make_landing(1), *(make_landing(n, author=BOB, mentions=[ANN], quotes=native(1)) for n in range(2, 40))],
        )
        traces = [str(post_of(ledger, 1).author), id_of(1)]
        file = Path(str(ledger.engine.url.database))
        assert all(trace.encode() in file.read_bytes() + wal(file) for trace in traces)
        erase_author(ledger, ANN, "asked for")
        with ledger.write() as conn:
            # Which document is to go is written down until it went.
            conn.execute(sa.delete(schema.deletion))
        compact(ledger)
        assert [trace for trace in traces if trace.encode() in file.read_bytes() + wal(file)] == []


def wal(file: Path) -> bytes:
    beside = file.with_name(f"{file.name}-wal")
    return beside.read_bytes() if beside.exists() else b""


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def test_a_ledger_of_before_goes_on(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/ledger.sqlite" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    engine, config = make_engine(url), alembic_config()
    config.attributes["engine"] = engine
    command.upgrade(config, "0005")
    post = make_post(1)
    with engine.begin() as conn:
        table = sa.Table("post", sa.MetaData(), autoload_with=conn)
        values = UNTOUCHED | wording(post, KEY.content(words(post.title, post.text, post.media_text)))
        named = {"first_seen": NOON, "published_at": NOON, "published_estimated": False, "month": "2026.11"}
        named |= post.model_dump(include={"post_id", "platform", "native_id", "source", "author_kind"})
        named |= {"post_id": post.post_id, "revision": 1, "doc_version": 1, "is_offer": False, "seq": 1}
        # Some drivers take no zone for a column that was read off the database.
        row = {name: value for name, value in {**values, **named}.items() if name in table.c}
        conn.execute(table.insert(), [row])
    engine.dispose()
    later = NOON + timedelta(hours=2)
    with open_ledger(url, KEY) as ledger:
        found = post_of(ledger, 1)
        assert (found.mentions, found.thread, found.engagement_read_at, found.expunge) == ((), None, None, False)
        again = make_landing(1, thread=native(1), engagement={"likes": 2}, collected_at=later)
        assert land(ledger, [again]) == LandReport(unchanged=1)
        assert (post_of(ledger, 1).thread, post_of(ledger, 1).engagement_read_at) == (id_of(1), later)
