"""A parser that is not fuzzed is noticed: every function that reads what others wrote is in a list, here or of the fuzz."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.fuzz.test_fuzz import ALL

ROOT = Path(__file__).parents[2]
ROOMS = ("alerts", "cli", "config", "crawlers", "indexer", "nlp", "records")
RAW = (
    "bytes",
    "str",
    "object",
    "Any",
    "Path",
    "Response",
    "TextResponse",
    "_Element",
    "Mapping[str, Any]",
    "dict[str, Any]",
)
"""Types of a first argument that may hold what others wrote."""

OTHERWISE = {
    "alerts.channels.smtp.parse_server": "a setting of the operator's",
    "config.yaml_file.read_mapping": "a file of the operator's, read by PyYAML",
    "config.yaml_file.read_yaml": "a file of the operator's, read by PyYAML",
    "crawlers.platforms.discourse.posts.parse_native_id": "an id that Daymark wrote",
    "crawlers.platforms.feeds.pace.read_pace": "a part of xml_feed.read_xml: fuzzed as feed",
    "crawlers.platforms.feeds.xml_feed.read_xml": "fuzzed as feed, where fastfeedparser agrees with it",
    "crawlers.platforms.mastodon.recent.parse_lookup": "a lookup that Daymark wrote",
    "crawlers.platforms.telegram.recheck.parse_lookup": "a lookup that Daymark wrote",
    "crawlers.politeness.conditional.read_validators": "two headers, kept as they are; a spider's fuzz has them",
    "crawlers.spiders.bluesky.read_moment": "a cursor that Daymark wrote",
    "indexer.buckets.read_zone": "a time zone that a person typed, judged by zoneinfo",
    "indexer.stored.read_hit": "a document that Daymark wrote",
    "indexer.stored.read_offer": "a document that Daymark wrote",
    "indexer.stored.read_time": "a document that Daymark wrote",
    "nlp.card.read_card": "a file that comes with the model, judged by pydantic",
    "nlp.offers.modes.read_modes": "a part of OfferReader: fuzzed as offer",
    "nlp.offers.modes.read_payment": "a part of OfferReader: fuzzed as offer",
    "nlp.offers.number_words.parse_compound": "a part of OfferReader: fuzzed as offer",
    "nlp.offers.numbers.parse_number": "a part of OfferReader: fuzzed as offer",
    "nlp.offers.numbers.read_amounts": "a part of OfferReader: fuzzed as offer",
    "nlp.offers.prices.read_prices": "a part of OfferReader: fuzzed as offer",
    "nlp.offers.routes.read_route": "a part of OfferReader: fuzzed as offer",
    "nlp.redaction.numbers.read_international": "a part of find_redactions: fuzzed as redaction",
    "nlp.redaction.numbers.read_phone": "a part of find_redactions: fuzzed as redaction",
}
"""Parsers that need no fuzz of their own, and why."""


def parsers_of(room: str) -> Iterator[str]:
    """Public functions of a room that are named as parsers are (CONTRIBUTING.md) and take what others may have written."""
    for path in sorted((ROOT / room).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if "training" in parts or "migrations" in parts:
            continue
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith(("read_", "parse_")) and node.args.args:
                annotation = node.args.args[0].annotation
                types = (
                    {part.strip() for part in ast.unparse(annotation).split("|")} if annotation is not None else set()
                )
                if types & set(RAW):
                    yield ".".join([*parts, node.name])


def test_every_parser_is_fuzzed_or_says_why_not() -> None:
    """A new one needs an entry in a list that parsers.py names (or a path in the answers of its platform, see spiders.py)."""
    found = {name for room in ROOMS for name in parsers_of(room)}
    fuzzed = {name for parser in ALL for name in parser.covers}
    assert found - fuzzed - set(OTHERWISE) == set(), "not fuzzed"
    assert set(OTHERWISE) - found == set(), "gone, or renamed"
    assert fuzzed - found == set(), "gone, or renamed"
    assert fuzzed & set(OTHERWISE) == set()


def test_names_are_their_own_and_kept_inputs_belong_to_a_parser() -> None:
    names = [parser.name for parser in ALL]
    assert len(names) == len(set(names))
    assert {path.name for path in (Path(__file__).parent / "kept").iterdir() if path.is_dir()} <= set(names)
