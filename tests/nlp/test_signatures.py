"""Near-copies have like signatures, different adverts have not, short texts have none."""

from __future__ import annotations

import numpy as np

from nlp.signatures import PERMUTATIONS, make_signature

ADVERT = "Safe crossing to Italy by yacht, departures every week, pay on arrival, families welcome, children half price"


PINNED = (750863320, 68338032)


def alike(one: str, other: str) -> float:
    return float(np.mean(np.array(make_signature(one)) == np.array(make_signature(other))))


def test_another_price_and_contact_is_the_same_advert() -> None:
    first = ADVERT + " 4500 euro [phone TR 3f9ac2d41b0e77aa]"
    second = ADVERT.upper() + "!!! 5.000 € [phone GB 00aac2d41b0e77ff]"
    assert alike(first, second) > 0.9


def test_another_advert_is_another() -> None:
    assert (
        alike(ADVERT, "Looking for drivers with a van, good money, weekly work between Vienna and Munich, write me")
        < 0.2
    )


def test_a_short_text_has_none() -> None:
    assert make_signature("trip today") == ()
    assert len(make_signature(ADVERT)) == PERMUTATIONS


def test_the_signature_never_moves() -> None:
    # Stored signatures are compared with new ones for years: seed, permutations and normal form are part of the data.
    assert make_signature(ADVERT)[:3] == make_signature(ADVERT.replace("yacht", "yacht "))[:3]
    assert make_signature(ADVERT)[:2] == PINNED
