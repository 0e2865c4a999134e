"""The offer benchmark counts what a user gets: unseen authors only, and a missed offer is wrong in every field."""

from __future__ import annotations

import pytest

from benchmarks.bars import Bars
from benchmarks.offers import CHECKS, hold, make_cases, rate, read_case, read_end_to_end, was_read
from nlp.offers import OfferReader
from nlp.training.examples import Line, read_lines
from records import Kind, Label, Offer, Price


def line(text: str, lang: str, offer: Offer) -> Line:
    return Line(
        id=f"{lang}-test", text=text, lang=lang, on_topic=True, labels=(Label.SMUGGLING_OFFER,), sub_labels=("transport",),
        kind=Kind.OFFER, referral=(), author=f"{lang}-test", pair=None, offer=offer,
    )  # fmt: skip


ADVERT = line(
    "SAFE TRIP turkey to italy by yacht, every week, 8500 euro per person, pay on arrival. serious only whatsapp +44 7700 900123",
    "en",
    Offer(origin=("TR",), destination=("IT",), service="transport", prices=(Price(amount=8500, currency="EUR"),)),
)


def test_a_missed_offer_is_wrong_in_every_field_it_has() -> None:
    (case,) = make_cases([ADVERT])
    read = read_case(OfferReader(), case)
    assert rate(CHECKS["route"], [(case, read)]) == "1.000"
    assert rate(CHECKS["route"], [(case, read), (case, None)]) == "0.500"
    assert rate(CHECKS["price"], [(case, None)]) == "0.000"


def test_a_line_that_says_nothing_of_a_field_is_judged_in_neither_count() -> None:
    (case,) = make_cases([ADVERT.model_copy(update={"offer": Offer(service="recruit_driver_skipper")})])
    assert rate(CHECKS["price"], [(case, None)]) == "-"


def test_a_bar_with_nothing_to_judge_is_missed(capsys: pytest.CaptureFixture[str]) -> None:
    bars = Bars()
    hold("found", [], bars)
    assert bars.missed == ["found price", "found route", "found modes"]
    assert capsys.readouterr().out.count("nothing to judge (asked at least") == 3


def test_end_to_end_reads_the_raw_text_with_the_shipped_model() -> None:
    unknown = line("xyzzy", "xx", Offer())
    found, missed = (read for _, read in read_end_to_end(make_cases([ADVERT, unknown])))
    assert missed is None
    assert found is not None
    assert found.destination == ("IT",)


def test_authors_read_for_the_first_rules_are_known_by_name_alone() -> None:
    authors = {row.author for row in read_lines()}
    assert 0.3 < sum(map(was_read, authors)) / len(authors) < 0.7
