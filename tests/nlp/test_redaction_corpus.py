"""No contact of the corpus stays readable: its rules name the fictional ones, so each can be looked for by its form."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from nlp.training.examples import read_lines
from tests.nlp.redacting import copy_of, spans

# The data sheet's ranges (nlp/training/corpus/README.md), as digits without their 0, 00 or country code.
RESERVED = re.compile(
    r"7700900\d{3}|55501\d\d|639980\d{3}|17139200\d\d|491570\d{3}|555000\d{4}|555\s?000\s?\d\d\s?\d\d|2180{5}\d*|600000\d{3}"
)
HANDLE = re.compile(r"(?<!\w)@\w|example_|\w@\w{4}|example\.(?:org|com|net)|t\.me/|wa\.me/", re.IGNORECASE)
COUNTRY_CODE = re.compile(r"\+\d[\d \-]{6,}\d")
ADVERT_DIGITS = re.compile(r"(?<!\d)(?:\+|00?)[1-9](?:[\s\-./]?\d){5,}")


def digits_only(text: str) -> str:
    """Digits of every script as ASCII with what stands between them gone."""
    folded = "".join(str(int(char)) if char.isdecimal() else char for char in text)
    return re.sub(r"(?<=\d)[^\w\n]{1,3}(?=\d)", "", folded)


@pytest.fixture(scope="module")
def copies() -> list[tuple[str, str]]:
    return [(line.id, copy_of(line.text, line.lang)) for line in read_lines()]


def test_no_handle_address_or_link_is_left(copies: list[tuple[str, str]]) -> None:
    assert not [(name, match[0]) for name, copy in copies for match in HANDLE.finditer(copy)]


def test_no_number_of_a_reserved_range_is_left(copies: list[tuple[str, str]]) -> None:
    assert not list(_left(copies, RESERVED))


def test_no_number_that_begins_as_a_dialled_one_is_left(copies: list[tuple[str, str]]) -> None:
    assert not list(_left(copies, ADVERT_DIGITS))


def test_a_number_with_a_country_code_is_covered_to_its_end() -> None:
    cut = []
    for line in read_lines():
        covered = {at for span in spans(line.text, line.lang) for at in range(span.start, span.end)}
        for match in COUNTRY_CODE.finditer(line.text):
            if not covered.issuperset(range(match.start(), match.end())):
                cut.append((line.id, match[0]))
    assert not cut


def _left(copies: list[tuple[str, str]], pattern: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    for name, copy in copies:
        for match in pattern.finditer(digits_only(copy)):
            yield name, match[0]
