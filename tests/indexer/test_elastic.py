"""What is particular to Elasticsearch: faults of the server, item by item; names; mapping; erased bytes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from config import Settings
from indexer import (
    By,
    ElasticIndex,
    Entry,
    IndexRejected,
    IndexUnavailable,
    MarketQuery,
    Names,
    Outcome,
    SearchQuery,
    TrendQuery,
    make_market,
    make_template,
    make_trend,
    open_index,
    parse_query,
)
from indexer.stored import make_search_fields, make_source
from records import Document
from tests.indexer.conftest import clear, open_elastic, own_names
from tests.indexer.documents import make, make_offer, post_id, put
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


def outcomes(index: ElasticIndex, documents: list[Document]) -> list[Outcome]:
    found = {ack.post_id: ack.outcome for ack in index.write(documents)}
    return [found[document.post_id] for document in documents]


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


def test_a_month_that_names_no_index_is_the_documents_fault(elastic_index: ElasticIndex) -> None:
    assert outcomes(elastic_index, [make(1), make(2, month="1.01")]) == [Outcome.DONE, Outcome.REJECTED]


def test_months_lie_in_their_own_indices_behind_one_alias(elastic_index: ElasticIndex) -> None:
    put(elastic_index, make(1, month="2026.10"), make(2, month="2026.11"))
    names = elastic_index.names
    there = elastic_index._client.indices.get_alias(name=names.alias)
    assert sorted(there) == [f"{names.prefix}-v1-2026.10", f"{names.prefix}-v1-2026.11"]


def test_a_server_that_makes_no_indices_by_itself_is_helped(elastic_index: ElasticIndex) -> None:
    cluster, names = elastic_index._client.cluster, elastic_index.names
    cluster.put_settings(persistent={"action.auto_create_index": f"-{names.pattern},+*"})
    try:
        assert outcomes(elastic_index, DOCUMENTS[:2]) == [Outcome.UNAVAILABLE] * 2
        assert outcomes(elastic_index, DOCUMENTS[:2]) == [Outcome.DONE] * 2
    finally:
        cluster.put_settings(persistent={"action.auto_create_index": None})


def test_a_month_that_another_process_dropped_is_made_again_by_the_template(elastic_index: ElasticIndex) -> None:
    put(elastic_index, make(1))
    elastic_index._client.indices.delete(index=elastic_index.names.index("2026.11"))
    put(elastic_index, make(2))
    mapping = elastic_index._client.indices.get_mapping(index=elastic_index.names.alias)
    (found,) = [body["mappings"] for body in mapping.values()]
    assert (found["dynamic"], found["_meta"]) == ("strict", {"schema_version": 1})
    assert elastic_index.count() == 1


def test_a_month_that_does_not_answer_makes_no_answer_instead_of_a_smaller_one(elastic_index: ElasticIndex) -> None:
    put(elastic_index, make_offer(1, 4000.0))
    elastic_index._client.indices.create(
        index=elastic_index.names.index("2026.10"),
        settings={"index.routing.allocation.require._name": "nowhere"},
        wait_for_active_shards=0,
    )
    asked = SearchQuery(parse_query("post"))
    now = make().published_at
    questions: list[Callable[[], object]] = [
        elastic_index.count,
        lambda: elastic_index.search(asked),
        lambda: elastic_index.extent(asked.query),
        lambda: make_trend(elastic_index, TrendQuery(By.LANG, start=now - timedelta(days=1)), {}, now),
        lambda: make_market(elastic_index, MarketQuery()),
        lambda: list(elastic_index.scan_ids()),
    ]
    for question in questions:
        with pytest.raises(IndexUnavailable):
            question()


def test_text_that_is_no_unicode_is_rejected_alone(elastic_index: ElasticIndex) -> None:
    broken = make(2).model_copy(update={"text": "a \ud800 surrogate"})
    assert outcomes(elastic_index, [make(1), broken]) == [Outcome.DONE, Outcome.REJECTED]


def test_an_index_made_by_a_newer_daymark_is_left_alone(elastic_index: ElasticIndex) -> None:
    body = make_template(elastic_index.names)
    body["_meta"]["schema_version"] = 2
    elastic_index._client.indices.put_index_template(name=elastic_index.names.template, **body)
    with pytest.raises(IndexRejected, match="newer Daymark"):
        list(elastic_index.write([make(1)]))
    elastic_index._client.indices.put_index_template(
        name=elastic_index.names.template, **make_template(elastic_index.names)
    )


def test_a_field_added_by_this_version_reaches_the_months_already_there(
    elastic_index: ElasticIndex, elasticsearch_url: str
) -> None:
    names = elastic_index.names
    older = make_template(names)
    del older["template"]["mappings"]["properties"]["media_text"]
    elastic_index._client.indices.put_index_template(name=names.template, **older)
    elastic_index._client.indices.create(index=names.index("2026.11"))
    put(elastic_index, make(1, media_text="a ferry"))
    assert elastic_index.count() == 1


def test_the_vendors_client_is_loaded_only_for_a_cluster(tmp_path: Path) -> None:
    code = "import sys, indexer; assert 'elasticsearch' not in sys.modules; indexer.ElasticIndex; assert 'elasticsearch' in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("month", ["2026.1", "2026-11", "", "2026.11/_doc", "2026.11,other", "*", "x2026.11"])
def test_what_is_no_month_names_no_index(month: str) -> None:
    with pytest.raises(ValueError, match="not a month"):
        Names().index(month)


def test_a_name_is_parsed_into_the_month_it_was_built_from() -> None:
    names = Names()
    assert names.index("2026.11") == "daymark-posts-v1-2026.11"
    assert names.month("daymark-posts-v1-2026.11") == "2026.11"
    assert (names.alias, names.pattern) == ("daymark-posts", "daymark-posts-v1-*")
    for other in ("daymark-posts-v2-2026.11", "posts-v1-2026.11", "daymark-posts-v1-", "daymark-posts-v1-2026.11-x"):
        with pytest.raises(ValueError, match="not a"):
            names.month(other)


CONTRACT = """
post_id platform source url published_at published_estimated collected_at removed_at lang title text media_text hashtags
on_topic labels scores.smuggling_offer thresholds.smuggling_offer sub_labels kind referral covered model.name model.version
reviewed revision doc_version family offer.origin offer.transit offer.destination offer.modes offer.service offer.payment
offer.departure offer.price_eur offer.price_unit offer.currency offer.contact author engagement.likes
"""


def leaves(properties: dict[str, Any], before: str = "") -> Iterator[str]:
    for name, field in properties.items():
        if "properties" in field:
            yield from leaves(field["properties"], f"{before}{name}.")
        else:
            yield f"{before}{name}"


def test_the_mapping_has_every_field_of_the_contract() -> None:
    there = set(leaves(make_template(Names())["template"]["mappings"]["properties"]))
    assert set(CONTRACT.split()) <= there


def test_the_mapping_has_every_field_of_a_document_and_no_other_is_taken(elastic_index: ElasticIndex) -> None:
    full = make_offer(
        1, 4000.0, removed_at=make().published_at, engagement={"likes": 1, "unheard_of": 2}, author="a" * 16
    )
    put(elastic_index, full)
    source = {**make_source(full), **make_search_fields(full)}
    there = set(leaves(make_template(elastic_index.names)["template"]["mappings"]["properties"]))
    for name, value in source.items():
        inner = value if isinstance(value, dict) and name != "engagement" else {}
        assert {f"{name}.{key}" for key in inner} <= there or name in there, name
    (hit,) = elastic_index._client.search(index=elastic_index.names.alias)["hits"]["hits"]
    assert "body" not in hit["_source"]
    assert hit["_source"]["engagement"] == {"likes": 1, "unheard_of": 2}
    assert json.loads(json.dumps(hit["_source"])) == make_source(full)


def test_after_an_expunge_no_erased_document_is_kept_in_a_segment(elastic_index: ElasticIndex) -> None:
    put(elastic_index, *(make(number) for number in range(50)))
    list(elastic_index.erase([Entry(post_id(1), "2026.11", 4)]))
    elastic_index.refresh()
    elastic_index.expunge()
    elastic_index.refresh()
    stats = elastic_index._client.indices.stats(index=elastic_index.names.alias)["_all"]["primaries"]
    assert (stats["docs"]["count"], stats["docs"]["deleted"]) == (49, 0)
    assert stats["translog"]["uncommitted_operations"] == 0
    assert outcomes(elastic_index, [make(1, doc_version=3)]) == [Outcome.NEWER_EXISTS]
