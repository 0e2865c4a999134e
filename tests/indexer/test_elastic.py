"""What is particular to Elasticsearch: names, indices, mapping, erased bytes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

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
    parse_query,
)
from indexer.stored import make_search_fields, make_source
from tests.indexer.documents import make, make_offer, outcomes, post_id, put

DOCUMENTS = [make(number) for number in range(10)]


def test_a_month_that_names_no_index_is_the_documents_fault(elastic_index: ElasticIndex) -> None:
    assert outcomes(elastic_index, [make(1), make(2, month="1.01")]) == [Outcome.DONE, Outcome.REJECTED]
    (ack,) = elastic_index.erase([Entry(post_id(2), "1.01", 4)])
    assert ack.outcome is Outcome.DONE


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


def questions(index: ElasticIndex) -> list[Callable[[], object]]:
    """Whatever is asked of an index."""
    asked = SearchQuery(parse_query("post"))
    now = make().published_at
    return [
        index.count,
        lambda: index.search(asked),
        lambda: index.extent(asked.query),
        lambda: make_trend(index, TrendQuery(By.LANG, start=now - timedelta(days=1)), {}, now),
        lambda: make_market(index, MarketQuery()),
        lambda: list(index.scan_ids()),
        lambda: list(index.look_up([post_id(1)])),
    ]


def test_a_month_that_does_not_answer_makes_no_answer_instead_of_a_smaller_one(elastic_index: ElasticIndex) -> None:
    put(elastic_index, make_offer(1, 4000.0))
    elastic_index._client.indices.create(
        index=elastic_index.names.index("2026.10"),
        settings={"index.routing.allocation.require._name": "nowhere"},
        wait_for_active_shards=0,
    )
    for question in questions(elastic_index):
        with pytest.raises(IndexUnavailable):
            question()


def test_a_closed_month_makes_no_answer_instead_of_a_smaller_one(elastic_index: ElasticIndex) -> None:
    put(elastic_index, make_offer(1, 4000.0), make(2, month="2026.10"))
    month = elastic_index.names.index("2026.10")
    elastic_index._client.indices.close(index=month)
    for question in [*questions(elastic_index), elastic_index.refresh]:
        with pytest.raises(IndexRejected, match=f"{month} is closed: open it"):
            question()


def test_an_empty_index_is_no_fault(elastic_index: ElasticIndex) -> None:
    for question in [*questions(elastic_index), elastic_index.refresh, elastic_index.expunge]:
        question()


def test_text_that_is_no_unicode_is_rejected_alone(elastic_index: ElasticIndex) -> None:
    broken = make(2).model_copy(update={"text": "a \ud800 surrogate"})
    assert outcomes(elastic_index, [make(1), broken]) == [Outcome.DONE, Outcome.REJECTED]


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


def test_the_vendors_client_is_loaded_only_for_a_cluster() -> None:
    code = "import sys, indexer; assert 'elasticsearch' not in sys.modules; indexer.ElasticIndex; sys.modules['elasticsearch']"
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
