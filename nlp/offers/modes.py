"""Means of travel, service and payment of an advert, by the words of the post."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from nlp.offers.mode_words import (
    HINTS,
    HORSEPOWER,
    LANDING,
    LICENCE_WORDS,
    MODE_WORDS,
    MODE_WORDS_IN,
    NEGATED_AFTER,
    NEGATED_BEFORE,
    NOT_MODES,
    PLANE_ARROW,
)
from nlp.offers.phrases import DOCUMENT_SERVICES, DOCUMENT_WORDS, PAYMENT_WORDS
from records import Mode

SERVICES = (
    "transport", "documents_visas", "housing_or_job_package", "payment_agent", "asylum_story_or_fake_proof",
    "recruit_driver_skipper", "testimonial",
)  # fmt: skip
"""Sub-labels of smuggling_offer that say what is sold; possible_scam and exploitation_flag say how (docs/codebook.md)."""
_ALWAYS_PAPER = frozenset({"documents_visas", "asylum_story_or_fake_proof"})


def read_service(sub_labels: Sequence[str]) -> str | None:
    """The strongest sub-label that names a service; ``sub_labels`` come strongest first. None where there is none."""
    return next((name for name in sub_labels if name in SERVICES), None)


def settle_service(text: str, lang: str, given: str | None) -> str:
    """What the other fields are read by: ``given``, unless there is none or the words of the post speak against it.

    Papers need a word for papers where the post names a way by land or sea.
    """
    if given is not None and given not in _ALWAYS_PAPER:
        return given
    papers = _names_papers(text)
    travels = any(mode is not Mode.AIR and not denied for mode, _, denied in _words_of_travel(text, lang))
    if given is not None:
        return "transport" if travels and not papers else given
    return "documents_visas" if papers and not travels else "transport"


def read_modes(text: str, lang: str, service: str, sub_labels: Sequence[str] = ()) -> tuple[Mode, ...]:
    """Means advertised, in the order written; ``document`` stands alone, for papers without a journey."""
    # A happy customer praises what the second sub-label says he bought.
    bought = (
        service
        if service != "testimonial"
        else next((name for name in sub_labels if name in DOCUMENT_SERVICES), service)
    )
    if bought in _ALWAYS_PAPER:
        return (Mode.DOCUMENT,)
    if bought in DOCUMENT_SERVICES and _names_papers(text):
        return (Mode.DOCUMENT,)
    if service == "payment_agent":  # the money waits there for boats and drivers of others
        return ()
    found = _travel(text, lang)
    if service == "recruit_driver_skipper" and not found and LICENCE_WORDS.search(text):
        return (Mode.LAND,)
    return found


def read_payment(text: str) -> tuple[str, ...]:
    """Payment timing and channels named, in the order of the codebook."""
    return tuple(name for name, pattern in PAYMENT_WORDS.items() if pattern.search(text))


def _names_papers(text: str) -> bool:
    """Papers that are not said to be needless ("sin contrato")."""
    return any(not _is_denied(text, match.start(), match.end()) for match in DOCUMENT_WORDS.finditer(text))


def _travel(text: str, lang: str) -> tuple[Mode, ...]:
    """Modes by first word that is not denied; "no walking" alone still says that the way is on land."""
    first: dict[Mode, int] = {}
    denied: dict[Mode, int] = {}
    for mode, at, is_denied in _words_of_travel(text, lang):
        places = denied if is_denied else first
        places[mode] = min(at, places.get(mode, at))
    if Mode.AIR in first and len(first) > 1 and _only_arrow(text, lang):
        del first[Mode.AIR]
    if not first and Mode.LAND in denied:
        return (Mode.LAND,)
    for mode, pattern in HINTS.items():
        hint = pattern.search(text)
        if hint and not first.keys() & {Mode.SEA, Mode.LAND} and not _is_denied(text, hint.start(), hint.end()):
            first[mode] = hint.start()
    return tuple(sorted(first, key=lambda mode: first[mode]))


def _words_of_travel(text: str, lang: str) -> Iterator[tuple[Mode, int, bool]]:
    """(mode, where, denied?) of every word of travel."""
    text = LANDING.sub(lambda match: " " * len(match[0]), text)
    foreign = NOT_MODES.get(lang, frozenset())
    for words_by_mode in (MODE_WORDS, MODE_WORDS_IN.get(lang, {})):
        for mode, pattern in words_by_mode.items():
            for match in pattern.finditer(text):
                if match[0] not in foreign and not _is_horsepower(text, match):
                    yield mode, match.start(), _is_denied(text, match.start(), match.end())


def _is_horsepower(text: str, match: re.Match[str]) -> bool:
    return bool(HORSEPOWER.fullmatch(match[0])) and text[: match.start()].rstrip()[-1:].isdigit()


def _only_arrow(text: str, lang: str) -> bool:
    """Is every word of flying a plane between two flags?"""
    without = PLANE_ARROW.sub(lambda match: " " * len(match[0]), text)
    return all(mode is not Mode.AIR for mode, _, _ in _words_of_travel(without, lang))


def _is_denied(text: str, start: int, end: int) -> bool:
    return bool(NEGATED_BEFORE.search(text[max(0, start - 30) : start]) or NEGATED_AFTER.match(text[end : end + 20]))
