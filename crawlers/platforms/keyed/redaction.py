"""Keys from the environment, and keeping them out of everything that is written down.

A key goes out in a header or in a request's body, never in an address. A server may still send it back (VK repeats the
parameters of a request that failed): every answer is cleaned before anything reads it, and so is the poll's message.
"""

from __future__ import annotations

import json
import os
from base64 import b64encode
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

from crawlers.errors import EndRun
from crawlers.outcome import Outcome

if TYPE_CHECKING:
    from scrapy.http import Response

MARK = "[key]"
"""Stands where a key stood."""


def read_keys(names: Sequence[str]) -> tuple[str, ...]:
    """The values of the variables. Raises EndRun, naming the variable, for one that is not there or cannot be a key."""
    found = []
    for name in names:
        value = os.environ.get(name, "").strip()
        if not value:
            raise EndRun(Outcome.FAILED, f"{name} is not set in the environment")
        if not (8 <= len(value) <= 4000 and value.isascii() and value.isprintable() and " " not in value):
            # A header with anything else in it is refused with the header's text in the error.
            raise EndRun(Outcome.FAILED, f"what {name} holds is no key")
        found.append(value)
    return tuple(found)


def basic(user: str, password: str) -> str:
    """The value of an Authorization header."""
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


class Redactor:
    """Takes keys out of texts, in the spellings that they have in addresses, JSON and headers."""

    def __init__(self) -> None:
        self._spellings: list[str] = []

    def add(self, *keys: str) -> None:
        """Keys to take out from now on."""
        for key in keys:
            plain = json.dumps(key)[1:-1]
            self._spellings += [key, quote(key, safe=""), quote_plus(key), plain, plain.replace("/", "\\/")]
        # The longest first: a spelling may hold another one.
        self._spellings = sorted(set(self._spellings), key=len, reverse=True)

    def text(self, text: str) -> str:
        """The text without keys."""
        for spelling in self._spellings:
            text = text.replace(spelling, MARK)
        return text

    def response(self, response: Response) -> Response:
        """The answer without keys, in address, headers and body."""
        body = response.body
        for spelling in self._spellings:
            body = body.replace(spelling.encode(), MARK.encode())
        headers = {
            name: [self.text(value.decode("latin-1")).encode("latin-1") for value in values]
            for name, values in response.headers.items()
        }
        clean: Response = response.replace(url=self.text(response.url), headers=headers, body=body)
        return clean
