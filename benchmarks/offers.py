"""Exact-match rates of offer fields on held-out authors, by language: the reader alone, and the whole tagger.

Three ways of counting, over the same offers:
  reader   the offer reader with the gold language and sub-labels: how good the rules are
  found    the tagger end to end, over the offers it finds
  all      the same with every offer that the tagger misses counted as wrong in every field: what a user gets

The authors are those that split.json holds out of training and whose lines nobody read while writing the rules: the first
rules were written by looking at half of all authors (``was_read``), later ones at taught authors only.
Run: .venv/bin/python -m benchmarks.offers [--misses]    (misses of taught authors; those of held-out ones stay unread)
"""

from __future__ import annotations

import argparse
import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from benchmarks.bars import Bars
from config import ephemeral_key
from nlp import Tagger, TextInput
from nlp.offers import OfferReader
from nlp.redaction import REGIONS_BY_LANGUAGE, find_redactions
from nlp.training.examples import Line, read_lines
from nlp.training.split import read_pinned
from records import Offer, Redaction, TextField, working_copy

BARS = {"price": 0.90, "route": 0.85, "modes": 0.85}
"""Asked of held-out authors (docs/codebook.md, quality bars)."""


@dataclass(frozen=True)
class Case:
    """A gold offer with the working copy it must be read from."""

    line: Line
    gold: Offer
    copy: str
    redactions: tuple[Redaction, ...]


Read = tuple[Case, Offer | None]
"""A case with what was read of it; None where no offer was found."""
Check = Callable[[Case, Offer], bool | None]
"""Right, wrong, or None where the line says nothing about the field."""


def was_read(author: str) -> bool:
    """Whether the author's lines were read while the first rules were written."""
    return hashlib.sha256(author.encode()).digest()[0] % 2 == 0


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


def route(case: Case, read: Offer) -> bool | None:
    """Origin and destination countries, each as a set, both right."""
    return set(case.gold.origin) == set(read.origin) and set(case.gold.destination) == set(read.destination)


def transit(case: Case, read: Offer) -> bool | None:
    """Transit countries as a set."""
    return set(case.gold.transit) == set(read.transit)


def modes(case: Case, read: Offer) -> bool | None:
    """Modes as a set."""
    return set(case.gold.modes) == set(read.modes)


def service(case: Case, read: Offer) -> bool | None:
    """The service; given by the sub-labels, so only the tagger can be wrong in it."""
    return case.gold.service == read.service


CHECKS: dict[str, Check] = {
    "price": first_price, "stated": stated_price, "prices": all_prices, "units": units, "route": route, "transit": transit,
    "modes": modes, "service": service,
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--misses", action="store_true", help="print what is read wrongly of taught authors instead")
    options = parser.parse_args()
    held_out = read_pinned()
    cases = make_cases(read_lines())
    reader = OfferReader()
    if options.misses:
        print_misses([(case, read_case(reader, case)) for case in cases if not held_out[case.line.author]])
        return
    unseen = [case for case in cases if held_out[case.line.author] and not was_read(case.line.author)]
    alone = [(case, read_case(reader, case)) for case in unseen]
    tagged = read_end_to_end(unseen)
    found = [(case, offer) for case, offer in tagged if offer is not None]
    print(f"{len(unseen)} offers of unseen authors")
    bars = Bars()
    for name, rows in (("reader", alone), ("found", found), ("all", tagged)):
        report(name, rows)
        hold(name, rows, bars)
    print_speed(reader, cases)
    bars.end()


def read_case(reader: OfferReader, case: Case) -> Offer:
    """What the reader makes of the gold language and sub-labels."""
    return reader.read(case.copy, case.line.lang, case.line.sub_labels, case.redactions)


def read_end_to_end(cases: list[Case]) -> list[Read]:
    """What the shipped model and the reader make of the raw texts."""
    tagger = Tagger.load(ephemeral_key().contact)
    tags = tagger.tag([TextInput(text=case.line.text) for case in cases])
    return [(case, tag.offer) for case, tag in zip(cases, tags, strict=True)]


def report(name: str, rows: Sequence[Read]) -> None:
    """A table of exact-match rates, one row a language."""
    print(f"\n{name:6}{'n':>5}" + "".join(f"{check:>9}" for check in CHECKS))
    for lang in (*sorted({case.line.lang for case, _ in rows}), "all"):
        group = [(case, read) for case, read in rows if lang in {case.line.lang, "all"}]
        print(f"{lang:6}{len(group):5}" + "".join(f"{rate(check, group):>9}" for check in CHECKS.values()))


def hold(name: str, rows: Sequence[Read], bars: Bars) -> None:
    """Prints the rates of which something is asked, each beside its bar."""
    told = ", ".join(_held(name, check, share(CHECKS[check], rows), bars) for check in BARS)
    print(f"{name}: {told}")


def _held(name: str, check: str, seen: float | None, bars: Bars) -> str:
    # Nothing to judge is a bar missed: a model that finds no offer at all would otherwise hold them all.
    told = bars.least(f"{name} {check}", seen if seen is not None else 0.0, BARS[check], ".2f")
    return f"{check} {'nothing to judge' if seen is None else f'{seen:.3f}'} ({told})"


def rate(check: Check, rows: Sequence[Read]) -> str:
    """The share in a table."""
    found = share(check, rows)
    return f"{found:.3f}" if found is not None else "-"


def share(check: Check, rows: Sequence[Read]) -> float | None:
    """Share of right ones among those the line says something about; a missed offer is wrong where it does."""
    verdicts = Counter(verdict(check, case, read) for case, read in rows)
    judged = verdicts[True] + verdicts[False]
    return verdicts[True] / judged if judged else None


def verdict(check: Check, case: Case, read: Offer | None) -> bool | None:
    """The check's answer; of an offer that was not found, wrong, unless the line says nothing about the field."""
    if read is not None:
        return check(case, read)
    return None if check(case, case.gold) is None else False


def print_misses(rows: list[tuple[Case, Offer]]) -> None:
    for case, read in rows:
        wrong = [name for name, check in CHECKS.items() if check(case, read) is False]
        if wrong:
            print(
                f"\n{case.line.id} {','.join(wrong)}\n  {case.copy!r}\n  gold {short(case.gold)}\n  read {short(read)}"
            )


def short(offer: Offer) -> str:
    """One line of an offer's fields."""
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
