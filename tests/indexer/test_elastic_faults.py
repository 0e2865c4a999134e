"""Faults of an Elasticsearch server, item by item: what each means, and whose fault it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from config import Settings
from indexer import (
    ElasticIndex,
    IndexRejected,
    IndexUnavailable,
    Outcome,
    SearchQuery,
    open_index,
    parse_query,
)
from tests.indexer.conftest import clear, open_elastic, own_names
from tests.indexer.documents import make, outcomes, put
from tests.indexer.faulty_proxy import Faults, Request, make_certificate, proxy, refuse, spoil_items


@pytest.fixture
def faults(elasticsearch_url: str) -> Iterator[Faults]:
    """A proxy before the real server."""
    with proxy(elasticsearch_url) as made:
        yield made


@pytest.fixture
def behind(faults: Faults) -> Iterator[ElasticIndex]:
    """An empty index, reached through the proxy."""
    index = open_elastic(faults.url, own_names())
    yield index
    faults.before = lambda request: None
    faults.after = lambda request, answer: answer
    clear(index)


def stored(index: ElasticIndex) -> int:
    index.refresh()
    return index.count()


DOCUMENTS = [make(number) for number in range(10)]


def test_items_answered_429_are_sent_again_alone(behind: ElasticIndex, faults: Faults) -> None:
    faults.after = lambda request, answer: (
        spoil_items(answer, 429, "es_rejected_execution_exception", lambda place: place % 3 == 0)
        if request.is_bulk and len(faults.bulks) == 1
        else answer
    )
    assert outcomes(behind, DOCUMENTS) == [Outcome.DONE] * 10
    assert [request.items for request in faults.bulks] == [10, 4]


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_items_that_the_server_cannot_take_now_are_unavailable(
    behind: ElasticIndex, faults: Faults, status: int
) -> None:
    faults.after = lambda request, answer: (
        spoil_items(answer, status, "busy_exception", lambda place: place == 0) if request.is_bulk else answer
    )
    assert outcomes(behind, DOCUMENTS).count(Outcome.UNAVAILABLE) == 1
    assert outcomes(behind, DOCUMENTS).count(Outcome.DONE) == 9


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_server_that_is_busy_or_ailing_makes_nothing_a_documents_fault(
    behind: ElasticIndex, faults: Faults, status: int
) -> None:
    faults.before = lambda request: refuse(status, "busy_exception") if request.is_bulk else None
    assert outcomes(behind, DOCUMENTS) == [Outcome.UNAVAILABLE] * 10
    faults.before = lambda request: refuse(status, "busy_exception")
    for ask in (
        behind.count,
        behind.refresh,
        lambda: behind.search(SearchQuery(parse_query("a"))),
        lambda: list(behind.scan_ids()),
    ):
        with pytest.raises(IndexUnavailable):
            ask()
    fresh = open_elastic(faults.url, behind.names)
    assert outcomes(fresh, DOCUMENTS) == [Outcome.UNAVAILABLE] * 10


def test_a_lost_answer_is_unavailable_and_the_repeat_is_done(behind: ElasticIndex, faults: Faults) -> None:
    faults.after = lambda request, answer: (0, b"") if request.is_bulk else answer
    assert outcomes(behind, DOCUMENTS) == [Outcome.UNAVAILABLE] * 10
    faults.after = lambda request, answer: answer
    assert outcomes(behind, DOCUMENTS) == [Outcome.DONE] * 10
    assert stored(behind) == 10


def test_no_server_at_all_is_unavailable() -> None:
    index = ElasticIndex("http://127.0.0.1:9", retries=0)
    assert outcomes(index, DOCUMENTS[:2]) == [Outcome.UNAVAILABLE] * 2
    with pytest.raises(IndexUnavailable, match="does not answer"):
        index.count()
    index.close()


def test_one_document_at_fault_is_rejected_alone_and_its_text_is_not_told(behind: ElasticIndex) -> None:
    broken = make(77).model_copy(update={"engagement": {"likes": "secret words"}})
    with pytest.warns(UserWarning, match="serializ"):
        acks = {ack.post_id: ack for ack in behind.write([*DOCUMENTS, broken])}
    assert [acks[document.post_id].outcome for document in DOCUMENTS] == [Outcome.DONE] * 10
    assert acks[broken.post_id].outcome is Outcome.REJECTED
    assert acks[broken.post_id].reason == "document_parsing_exception at field engagement.likes"
    assert stored(behind) == 10


def test_a_chunk_that_is_too_large_is_halved_until_it_fits(behind: ElasticIndex, faults: Faults) -> None:
    def too_large(request: Request) -> tuple[int, bytes] | None:
        return (413, b"") if request.is_bulk and (request.items > 3 or b"giant" in request.body) else None

    faults.before = too_large
    giant = make(5, text="giant")
    documents = [giant if document.post_id == giant.post_id else document for document in DOCUMENTS]
    found = outcomes(behind, documents)
    assert found == [Outcome.REJECTED if document is giant else Outcome.DONE for document in documents]
    assert stored(behind) == 9


def test_a_chunk_refused_as_a_whole_is_blamed_on_one_document_only(behind: ElasticIndex, faults: Faults) -> None:
    def malformed(request: Request) -> tuple[int, bytes] | None:
        return refuse(400, "x_content_parse_exception") if request.is_bulk and b"number 3" in request.body else None

    faults.before = malformed
    found = outcomes(behind, DOCUMENTS)
    assert found == [Outcome.REJECTED if number == 3 else Outcome.DONE for number in range(10)]


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_stops_the_work_without_blaming_a_document(
    behind: ElasticIndex, faults: Faults, status: int
) -> None:
    faults.before = lambda request: refuse(status, "security_exception") if request.is_bulk else None
    with pytest.raises(IndexRejected, match="DAYMARK_INDEX_API_KEY"):
        list(behind.write(DOCUMENTS))
    faults.before = lambda request: refuse(status, "security_exception")
    with pytest.raises(IndexRejected, match="DAYMARK_INDEX_API_KEY"):
        list(open_elastic(faults.url, behind.names).write(DOCUMENTS))
    with pytest.raises(IndexRejected, match="DAYMARK_INDEX_API_KEY"):
        behind.count()


def test_an_index_closed_to_writing_is_unavailable(behind: ElasticIndex) -> None:
    put(behind, make(1))
    settings = behind._client.indices
    settings.put_settings(index=behind.names.alias, settings={"index.blocks.write": True})
    assert outcomes(behind, [make(1, doc_version=9)]) == [Outcome.UNAVAILABLE]
    settings.put_settings(index=behind.names.alias, settings={"index.blocks.write": False})
    assert outcomes(behind, [make(1, doc_version=9)]) == [Outcome.DONE]


def test_another_server_than_elasticsearch_is_refused(faults: Faults) -> None:
    faults.before = lambda request: refuse(400, "media_type_header_exception")
    with pytest.raises(IndexRejected, match="elasticsearch<9"):
        ElasticIndex(faults.url).count()


def test_the_key_goes_with_every_request(faults: Faults) -> None:
    index = ElasticIndex(faults.url, api_key="c2VjcmV0", names=own_names())
    assert outcomes(index, DOCUMENTS[:1]) == [Outcome.DONE]
    assert index.count() in (0, 1)
    clear(index)
    assert len(faults.seen) > 5
    assert {request.headers["authorization"] for request in faults.seen} == {"ApiKey c2VjcmV0"}


def test_a_server_of_ones_own_is_trusted_by_its_ca_file_alone(elasticsearch_url: str, tmp_path: Path) -> None:
    certificate, context = make_certificate(tmp_path)
    with proxy(elasticsearch_url, context) as faults:
        settings = Settings(index_url=faults.url, index_ca_file=certificate, index_api_key="c2VjcmV0")
        index = open_index(settings)
        assert index.backend == "elasticsearch"
        assert index.count() >= 0
        index.close()
        stranger = open_index(Settings(index_url=faults.url))
        with pytest.raises(IndexRejected, match="DAYMARK_INDEX_CA_FILE"):
            stranger.count()
        with pytest.raises(IndexRejected, match="DAYMARK_INDEX_CA_FILE"):
            list(stranger.write(DOCUMENTS))
        stranger.close()


def test_a_ca_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(IndexRejected, match="CA file"):
        open_index(Settings(index_url="https://127.0.0.1:9200", index_ca_file=tmp_path / "none.pem"))


FULL = "this action would add [2] shards, but this cluster currently has [1000]/[1000] maximum normal shards open"


@pytest.mark.parametrize(
    ("kind", "reason", "advice"),
    [
        ("index_closed_exception", "closed", "is closed: open it"),
        ("validation_exception", f"Validation Failed: 1: {FULL};", "cluster.max_shards_per_node"),
        ("illegal_argument_exception", FULL, "cluster.max_shards_per_node"),
        ("strict_dynamic_mapping_exception", "introduction of [media_text] is not allowed", "daymark reindex"),
        ("illegal_argument_exception", "mapper [lang] cannot be changed", "illegal_argument_exception"),
    ],
)
def test_a_fault_of_the_index_is_no_documents_fault(
    behind: ElasticIndex, faults: Faults, kind: str, reason: str, advice: str
) -> None:
    faults.after = lambda request, answer: (
        spoil_items(answer, 400, kind, lambda place: place < 2, reason) if request.is_bulk else answer
    )
    acks = list(behind.write(DOCUMENTS))
    assert [ack.outcome for ack in acks].count(Outcome.DONE) == 8
    refused = [ack for ack in acks if ack.outcome is Outcome.REFUSED]
    assert len(refused) == 2
    assert all(advice in ack.reason for ack in refused)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("document_parsing_exception", "failed to parse field [lang]"),
        ("mapper_parsing_exception", "failed to parse"),
        ("illegal_argument_exception", "Document contains at least one immense term in field [lang]"),
    ],
)
def test_a_document_that_cannot_be_read_is_at_fault_itself(
    behind: ElasticIndex, faults: Faults, kind: str, reason: str
) -> None:
    faults.after = lambda request, answer: (
        spoil_items(answer, 400, kind, lambda place: place == 0, reason) if request.is_bulk else answer
    )
    assert outcomes(behind, DOCUMENTS).count(Outcome.REJECTED) == 1


def test_a_chunk_refused_for_a_fault_of_the_index_blames_nobody(behind: ElasticIndex, faults: Faults) -> None:
    faults.before = lambda request: refuse(400, "media_type_header_exception") if request.is_bulk else None
    with pytest.raises(IndexRejected, match="elasticsearch<9"):
        list(behind.write(DOCUMENTS))


@pytest.mark.parametrize(
    "address", ["http://localhost:abc", "http://localhost:99999", "http://[::1", "http://", "https://:9200"]
)
def test_an_address_that_is_none_is_told_with_the_settings_name(address: str) -> None:
    with pytest.raises(IndexRejected, match="DAYMARK_INDEX_URL"):
        ElasticIndex(address)
