"""Asks a running Elasticsearch what it has, so that a test skips, by name, what the server cannot do."""

import base64
import json
import urllib.request
from typing import Any
from urllib.parse import unquote, urlsplit


def ask(address: str, path: str, timeout_s: float = 5.0) -> Any:
    """GET `path` from the server and read the answer as JSON. Raises OSError when there is none."""
    parts = urlsplit(address)
    request = urllib.request.Request(f"{parts.scheme}://{parts.hostname}:{parts.port}{path}")  # noqa: S310  (our own server)
    if parts.username:
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        request.add_header("Authorization", "Basic " + base64.b64encode(login.encode()).decode())
    with urllib.request.urlopen(request, timeout=timeout_s) as answer:  # noqa: S310
        return json.load(answer)


def installed(address: str) -> frozenset[str]:
    """The names of the modules and plugins that every node of the server at `address` has."""
    nodes = ask(address, "/_nodes/plugins")["nodes"].values()
    each = [{part["name"] for part in (*node["modules"], *node["plugins"])} for node in nodes]
    return frozenset(set.intersection(*each))


def missing(address: str, *names: str) -> list[str]:
    """Those of the named modules and plugins that the server lacks, for a test to skip by name."""
    return sorted(set(names) - installed(address))
