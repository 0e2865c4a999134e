"""Writing, erasing and versions, on both backends."""

from __future__ import annotations

import itertools
import threading
from typing import Any

import pytest

from indexer import Entry, Index, Outcome, Rebuild, SearchQuery, parse_query, read_rebuild, write_rebuild
from records import Document
from tests.indexer.documents import make, make_offer, post_id, put


def outcome(index: Index, document: Document) -> Outcome:
    (ack,) = index.write([document])
    assert (ack.post_id, ack.doc_version) == (document.post_id, document.doc_version)
    return ack.outcome


def erase(index: Index, number: int, version: int, month: str = "2026.11") -> Outcome:
    (ack,) = index.erase([Entry(post_id(number), month, version)])
    return ack.outcome


def texts(index: Index, query: str) -> list[str]:
    index.refresh()
    return [hit.excerpt for hit in index.search(SearchQuery(parse_query(query), protected=True)).hits]


def test_a_fresh_index_is_empty_and_answers(index: Index) -> None:
    assert index.count() == 0
    assert list(index.scan_ids()) == []
    assert texts(index, "boat") == []
    assert list(index.erase([])) == []
    assert list(index.write([])) == []
    index.refresh()


def test_a_document_comes_back_as_it_was(index: Index) -> None:
    put(
        index,
        make(1, text="Ein Boot 🚤\nnach Kreta", title="Überfahrt", labels=("risk_narrative",), url="https://a.example"),
    )
    (hit,) = index.search(SearchQuery(parse_query("überfahrt"))).hits
    assert (hit.post_id, hit.title, hit.excerpt) == (post_id(1), "Überfahrt", "Ein Boot 🚤 nach Kreta")
    assert (hit.labels, hit.url, hit.kind, hit.removed_at) == (
        ("risk_narrative",),
        "https://a.example",
        "opinion",
        None,
    )


def test_a_newer_version_replaces_the_older_wholly(index: Index) -> None:
    put(index, make_offer(1, 4000.0, text="old words", hashtags=("old",), doc_version=3))
    put(index, make(1, text="new words", doc_version=4))
    assert texts(index, "old") == []
    assert texts(index, "hashtag:old") == []
    assert texts(index, "origin:TR") == []
    assert texts(index, "new") == ["new words"]
    assert index.count() == 1


def test_an_older_version_never_wins_and_an_equal_one_is_taken(index: Index) -> None:
    assert outcome(index, make(1, text="five", doc_version=5)) is Outcome.DONE
    assert outcome(index, make(1, text="four", doc_version=4)) is Outcome.NEWER_EXISTS
    assert outcome(index, make(1, text="again", doc_version=5)) is Outcome.DONE
    assert texts(index, "five") == texts(index, "four") == []
    assert texts(index, "again") == ["again"]


def test_the_same_post_twice_in_one_call_is_answered_twice(index: Index) -> None:
    acks = list(index.write([make(1, text="a", doc_version=3), make(1, text="b", doc_version=4), make(2)]))
    assert sorted((ack.post_id, ack.doc_version) for ack in acks) == sorted(
        [(post_id(1), 3), (post_id(1), 4), (post_id(2), 3)]
    )
    assert texts(index, "b") == ["b"]


def test_erasing_is_done_also_where_there_is_nothing(index: Index) -> None:
    put(index, make(1), make(2))
    assert erase(index, 1, 4) is Outcome.DONE
    assert erase(index, 1, 4) is Outcome.DONE
    assert erase(index, 9, 4) is Outcome.DONE
    assert erase(index, 9, 4, month="2031.01") is Outcome.DONE
    index.refresh()
    assert list(index.scan_ids()) == [Entry(post_id(2), "2026.11", 3)]


def test_an_older_erasure_does_not_take_a_newer_document(index: Index) -> None:
    put(index, make(1, doc_version=5))
    assert erase(index, 1, 4) is Outcome.NEWER_EXISTS
    assert index.count() == 1


@pytest.mark.parametrize("there_before", [True, False])
def test_a_late_write_cannot_bring_back_what_was_erased(index: Index, there_before: bool) -> None:
    if there_before:
        put(index, make(1, doc_version=3))
    assert erase(index, 1, 5) is Outcome.DONE
    assert outcome(index, make(1, doc_version=4)) is Outcome.NEWER_EXISTS
    index.refresh()
    assert index.count() == 0
    assert outcome(index, make(1, doc_version=6)) is Outcome.DONE


def test_racing_writers_leave_the_newest_version(index: Index) -> None:
    put(index, make(0))
    versions = [(number, version) for number in range(1, 21) for version in (3, 4, 5, 6)]
    lanes = [versions[lane::4] for lane in range(4)] + [sorted(versions, key=lambda item: -item[1])[::2]]

    def lane(work: list[tuple[int, int]]) -> None:
        for number, version in work:
            list(index.write([make(number, text=f"version v{version}", doc_version=version)]))

    threads = [threading.Thread(target=lane, args=(work,)) for work in lanes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    index.refresh()
    assert {entry.doc_version for entry in index.scan_ids() if entry.post_id != post_id(0)} == {6}
    assert len(texts(index, "v6")) == 20


def test_ids_are_scanned_in_order_over_all_months(index: Index) -> None:
    months = itertools.cycle(("2026.09", "2026.10", "2026.11"))
    documents = [make(number, month=next(months), doc_version=number + 1) for number in range(25)]
    put(index, *documents)
    expected = sorted(Entry(document.post_id, document.month, document.doc_version) for document in documents)
    assert list(index.scan_ids()) == expected
    assert index.count() == 25


def test_a_drop_empties_the_index_and_is_noted_until_the_rebuild_ends(index: Index) -> None:
    put(index, make(1), make(2, month="2026.10"))
    assert read_rebuild(index) is Rebuild.NONE
    index.drop()
    assert (index.count(), read_rebuild(index)) == (0, Rebuild.DROPPED)
    write_rebuild(index, Rebuild.FILLING)
    put(index, make(1))
    assert (index.count(), read_rebuild(index)) == (1, Rebuild.FILLING)
    write_rebuild(index, Rebuild.NONE)
    assert read_rebuild(index) is Rebuild.NONE


@pytest.mark.parametrize(
    "changes",
    [
        {"engagement": {"likes": 3, "a new kind of count": 4}},
        {"hashtags": tuple(f"tag{n}" for n in range(300))},
        {"text": "long " * 19_000},
        {"text": "x" * 100_000},
        {"url": "https://a.example/" + "x" * 40_000},
        {"text": "\u202e\u0000 \ufffd \U0001f9ff"},
        {"title": "t" * 5000, "media_text": "m" * 5000},
        {"offer": {"origin": ("TR",), "price_eur": 1e9}, "labels": ("smuggling_offer",)},
    ],
)
def test_unusual_documents_are_taken(index: Index, changes: dict[str, Any]) -> None:
    put(index, make(1, **changes))
    assert index.count() == 1
