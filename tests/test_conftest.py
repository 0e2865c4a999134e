"""The fixture that empties a node refuses one that may be somebody's."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from elasticsearch import Elasticsearch

from tests.conftest import MAY_BE_EMPTIED, refuse_a_real_cluster


def node(name: str) -> Elasticsearch:
    return cast(Elasticsearch, SimpleNamespace(info=lambda: {"cluster_name": name}))


def test_a_node_with_another_name_is_not_emptied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(MAY_BE_EMPTIED, raising=False)
    failed: Any = pytest.fail.Exception
    with pytest.raises(failed, match="production"):
        refuse_a_real_cluster(node("production"))
    refuse_a_real_cluster(node("daymark-test"))
    monkeypatch.setenv(MAY_BE_EMPTIED, "yes")
    refuse_a_real_cluster(node("production"))
