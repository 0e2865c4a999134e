"""The connection to the cluster, and the one place where the vendor's errors become ours."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from elastic_transport import TlsError, TransportError
from elasticsearch import ApiError, Elasticsearch, UnsupportedProductError

from indexer.errors import IndexRejected, IndexUnavailable

TIMEOUT_SECONDS = 30.0
"""A query over ten million posts takes under a second; a bulk of 8 MB some seconds on a loaded node."""
LATER = frozenset({408, 429, 500, 502, 503, 504})
"""Statuses that say nothing about the request itself."""
REFUSED = frozenset({401, 403})


def connect(url: str, api_key: str | None, ca_file: Path | None, timeout: float = TIMEOUT_SECONDS) -> Elasticsearch:
    """A client for the URL; nothing is sent yet. Retries are the writer's business alone."""
    options: dict[str, Any] = {"request_timeout": timeout, "max_retries": 0, "retry_on_timeout": False}
    if api_key:
        options["api_key"] = api_key
    if ca_file is not None:
        if not ca_file.is_file():
            raise IndexRejected(f"there is no CA file {ca_file}: set DAYMARK_INDEX_CA_FILE to one, or take it out")
        options["ca_certs"] = str(ca_file)
    try:
        return Elasticsearch(_with_port(url), **options)
    except (ValueError, OSError) as exc:
        raise IndexRejected(
            f"DAYMARK_INDEX_URL is no address of a server, or DAYMARK_INDEX_CA_FILE no CA file ({exc}): write "
            "https://HOST:9200"
        ) from exc


def _with_port(url: str) -> str:
    """The URL with its port, which the vendor's client insists on. Raises ValueError where it names no host or a wrong port."""
    parts = urlsplit(url)
    if not parts.hostname:
        raise ValueError("it names no host")
    if parts.port:
        return url
    return url.replace(parts.netloc, f"{parts.netloc.rstrip(':')}:{443 if parts.scheme == 'https' else 80}", 1)


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Vendor errors become IndexUnavailable or IndexRejected; no message carries a document's text or a password."""
    try:
        yield
    except UnsupportedProductError as exc:
        raise IndexRejected("the server at the index address is no Elasticsearch 8.15 or newer") from exc
    except ApiError as exc:
        raise from_status(exc) from exc
    except TlsError as exc:
        raise IndexRejected(
            "the index server's certificate is not trusted: set DAYMARK_INDEX_CA_FILE to the file of its authority"
        ) from exc
    except TransportError as exc:
        raise IndexUnavailable(f"Elasticsearch does not answer ({type(exc).__name__})") from exc


def from_status(exc: ApiError) -> IndexUnavailable | IndexRejected:
    """The error that an answer's status means."""
    status, what = exc.status_code, error_type(exc.body)
    if status in LATER:
        return IndexUnavailable(f"Elasticsearch cannot take this now: {status} {what}")
    if status in REFUSED:
        return IndexRejected(
            f"Elasticsearch refuses this key: {status} {what}; set DAYMARK_INDEX_API_KEY to one that may write"
        )
    if what == "media_type_header_exception":
        return IndexRejected(
            "the elasticsearch client is newer than the server: install elasticsearch<9 for an 8.x cluster"
        )
    if what == "index_closed_exception":
        error = exc.body.get("error")
        return IndexRejected(how_to_open(str(error.get("index", "one month"))))
    return IndexRejected(f"Elasticsearch refuses this: {status} {what}")


def how_to_open(index: str) -> str:
    """What to do about a closed index: answers without it would show a fall in interest."""
    return f"the index {index} is closed: open it (POST /{index}/_open)"


def error_type(body: Any) -> str:
    """The type of an error in an answer's body, one word; empty where there is none."""
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, dict):
        return str(error.get("type", ""))
    return ""
