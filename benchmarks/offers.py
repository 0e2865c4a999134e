"""Exact-match rates of the offer reader on the corpus gold, by language, and posts per second.

Authors are split in two halves by a hash of their name: the rules were tuned by looking at the development half only.
Run: .venv/bin/python -m benchmarks.offers [--misses dev]
"""

from __future__ import annotations

import argparse
import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from config import ephemeral_key
from nlp.offers import OfferReader
from nlp.redaction import REGIONS_BY_LANGUAGE, find_redactions
from nlp.training.examples import Line, read_lines
from records import Offer, Redaction, TextField, working_copy

HALVES = ("dev", "held")


@dataclass(frozen=True)
class Case:
    """A gold offer with the working copy it must be read from."""

    line: Line
    gold: Offer
    copy: str
    redactions: tuple[Redaction, ...]


Check = Callable[[Case, Offer], bool | None]
"""Right, wrong, or None where the line says nothing about the field."""


def half_of(author: str) -> str:
    """Which half an author's lines belong to."""
    return HALVES[hashlib.sha256(author.encode()).digest()[0] % 2]


def make_cases(lines: Iterable[Line]) -> list[Case]:
    """The lines that hold an offer."""
    cases = []
    for line in lines:
        if line.offer is not None:
            regions = REGIONS_BY_LANGUAGE.get(line.lang, ())
            spans = find_redactions([(TextField.TEXT, line.text)], ephemeral_key().contact, regions)
            cases.append(Case(line, line.offer, working_copy(line.text, spans), spans))
    return cases


def first_price(case: Case, read: Offer) -> bool | None:
    """Amount and currency of the first price; a price read where there is none is wrong too."""
    if case.gold.service == "recruit_driver_skipper":  # the gold of some of these records wages as prices
        return None
    return _money(case.gold)[:1] == _money(read)[:1]


def stated_price(case: Case, read: Offer) -> bool | None:
    """The same, only where the gold has a price."""
    return first_price(case, read) if case.gold.prices else None


def all_prices(case: Case, read: Offer) -> bool | None:
    """All prices in order."""
    if case.gold.service == "recruit_driver_skipper":
        return None
    return _money(case.gold) == _money(read)


def units(case: Case, read: Offer) -> bool | None:
    """Units, where the prices themselves are right and there are any."""
    if not case.gold.prices or not all_prices(case, read):
        return None
    return [price.unit for price in case.gold.prices] == [price.unit for price in read.prices]


def _money(offer: Offer) -> list[tuple[float, str | None]]:
    return [(price.amount, price.currency) for price in offer.prices]


def origin(case: Case, read: Offer) -> bool | None:
    """Origin countries as a set."""
    return set(case.gold.origin) == set(read.origin)


def destination(case: Case, read: Offer) -> bool | None:
    """Destination countries as a set."""
    return set(case.gold.destination) == set(read.destination)


def route(case: Case, read: Offer) -> bool | None:
    """Origin and destination both right."""
    return bool(origin(case, read) and destination(case, read))


def transit(case: Case, read: Offer) -> bool | None:
    """Transit countries as a set."""
    return set(case.gold.transit) == set(read.transit)


def modes(case: Case, read: Offer) -> bool | None:
    """Modes as a set."""
    return set(case.gold.modes) == set(read.modes)


CHECKS: dict[str, Check] = {
    "price": first_price, "stated": stated_price, "prices": all_prices, "units": units, "origin": origin,
    "destin.": destination, "route": route, "transit": transit, "modes": modes,
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--misses", choices=("dev",), help="print the misses of the development half")
    options = parser.parse_args()
    begin = time.process_time()
    reader = OfferReader()
    print(f"load {time.process_time() - begin:.2f} s of CPU")
    cases = make_cases(read_lines())
    for half in HALVES:
        chosen = [case for case in cases if half_of(case.line.author) == half]
        report(half, [(case, read_case(reader, case)) for case in chosen])
    if options.misses:
        print_misses([(case, read_case(reader, case)) for case in cases if half_of(case.line.author) == options.misses])
    print_speed(reader, cases)


def read_case(reader: OfferReader, case: Case) -> Offer:
    return reader.read(case.copy, case.line.lang, case.line.sub_labels, case.redactions)


def report(half: str, rows: list[tuple[Case, Offer]]) -> None:
    print(f"\n{half:6}{'n':>5}" + "".join(f"{name:>9}" for name in CHECKS))
    for lang in (*sorted({case.line.lang for case, _ in rows}), "all"):
        group = [(case, read) for case, read in rows if lang in {case.line.lang, "all"}]
        print(f"{lang:6}{len(group):5}" + "".join(f"{rate(check, group):>9}" for check in CHECKS.values()))


def rate(check: Check, rows: list[tuple[Case, Offer]]) -> str:
    verdicts = Counter(check(case, read) for case, read in rows)
    judged = verdicts[True] + verdicts[False]
    return f"{verdicts[True] / judged:.3f}" if judged else "-"


def print_misses(rows: list[tuple[Case, Offer]]) -> None:
    for case, read in rows:
        wrong = [name for name, check in CHECKS.items() if check(case, read) is False]
        if wrong:
            print(
                f"\n{case.line.id} {','.join(wrong)}\n  {case.copy!r}\n  gold {short(case.gold)}\n  read {short(read)}"
            )


def short(offer: Offer) -> str:
    prices = " ".join(f"{price.amount:g} {price.currency} {price.unit}," for price in offer.prices)
    return (
        f"{offer.origin} {offer.transit} {offer.destination} {[str(m) for m in offer.modes]} {offer.service} {prices}"
    )


def print_speed(reader: OfferReader, cases: list[Case]) -> None:
    times = []
    for _ in range(5):
        begin = time.process_time()
        for case in cases:
            read_case(reader, case)
        times.append((time.process_time() - begin) / len(cases))
    print(
        f"\n{1 / min(times):.0f} posts/s, {min(times) * 1000:.2f} ms of CPU a post (best of 5 rounds of {len(cases)})"
    )


if __name__ == "__main__":
    main()
