"""The fixture that empties a node refuses one that may be somebody's, and a given server is used by one test at a time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
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


CONFTEST = """
import pytest
from tests.conftest import pytest_runtest_protocol

@pytest.fixture
def elasticsearch_url():
    return "http://127.0.0.1:1"
"""
ALONE = """
import time
from pathlib import Path
import pytest

@pytest.mark.parametrize("number", range(8))
def test_alone(number, elasticsearch_url):
    Path("used").mkdir()  # raises where another worker's test uses the server
    time.sleep(0.2)
    Path("used").rmdir()
    with Path("workers").open("a") as file:
        file.write(__import__("os").environ["PYTEST_XDIST_WORKER"])
"""


def test_a_given_server_is_used_by_one_test_at_a_time(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST, "utf-8")
    (tmp_path / "test_alone.py").write_text(ALONE, "utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\n", "utf-8")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
        "DAYMARK_TEST_ELASTICSEARCH": "http://127.0.0.1:1",
        "DAYMARK_CACHE_DIR": str(tmp_path / "cache"),
        "PYTHONPATH": str(Path(__file__).parent.parent),
    }
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "load", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert {"gw0", "gw1"} <= {(tmp_path / "workers").read_text()[at : at + 3] for at in range(0, 24, 3)}
