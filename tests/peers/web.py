"""One HTTP request and its answer, by the standard library: no redirect is followed, no status raises."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPMessage
from typing import Any
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree


@dataclass(frozen=True)
class Answer:
    """What a server said."""

    status: int
    headers: HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        """The body as UTF-8."""
        return self.body.decode()

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


def ask(
    url: str,
    method: str = "GET",
    *,
    form: Mapping[str, str] | None = None,
    payload: object = None,
    headers: Mapping[str, str] | None = None,
    timeout_s: float = 30.0,
) -> Answer:
    """Send one request, with a form or JSON if given. Raises OSError or HTTPException when cut short."""
    parts = urlsplit(url)
    sent = dict(headers or {})
    body: bytes | None = None
    if form is not None:
        sent["Content-Type"], body = "application/x-www-form-urlencoded", urlencode(form).encode()
    if payload is not None:
        sent["Content-Type"], body = "application/json", json.dumps(payload).encode()
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=timeout_s)
    try:
        connection.request(method, parts._replace(scheme="", netloc="").geturl() or "/", body, sent)
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())
    finally:
        connection.close()


def titles(feed: bytes) -> list[str]:
    """The titles of an RSS feed's items. Raises ParseError or ValueError for what is no XML."""
    return [item.findtext("title", "") for item in ElementTree.fromstring(feed).iter("item")]
