"""Means of travel, service and payment of an advert, by the words of the post."""

from __future__ import annotations

from nlp.offers.mode_words import LICENCE_WORDS, MODE_WORDS, NEGATED_AFTER, NEGATED_BEFORE, NOT_MODES
from nlp.offers.phrases import DOCUMENT_SERVICES, DOCUMENT_WORDS, PAYMENT_WORDS
from records import Mode

SERVICES = (
    "transport", "documents_visas", "housing_or_job_package", "payment_agent", "asylum_story_or_fake_proof",
    "recruit_driver_skipper", "testimonial", "possible_scam", "exploitation_flag",
)  # fmt: skip
"""Sub-labels of smuggling_offer (docs/codebook.md)."""
_ALWAYS_PAPER = frozenset({"documents_visas", "asylum_story_or_fake_proof"})


def read_service(text: str, sub_labels: tuple[str, ...]) -> str:
    """The first sub-label of smuggling_offer; without one, papers where papers are named and no means of travel is."""
    for name in sub_labels:
        if name in SERVICES:
            return name
    return (
        "documents_visas" if DOCUMENT_WORDS.search(text) and not {*_travel(text, "und")} - {Mode.AIR} else "transport"
    )


def read_modes(text: str, lang: str, service: str, sub_labels: tuple[str, ...] = ()) -> tuple[Mode, ...]:
    """Means advertised, in the order written; ``document`` stands alone, for papers without a journey."""
    # A happy customer praises what the second sub-label says he bought.
    bought = (
        service
        if service != "testimonial"
        else next((name for name in sub_labels if name in DOCUMENT_SERVICES), service)
    )
    if bought in _ALWAYS_PAPER:
        return (Mode.DOCUMENT,)
    if bought in DOCUMENT_SERVICES and DOCUMENT_WORDS.search(text):
        return (Mode.DOCUMENT,)
    found = _travel(text, lang)
    if service == "payment_agent":  # the driver waits for his money there; that is no advertised way
        return tuple(mode for mode in found if mode is not Mode.LAND)
    if service == "recruit_driver_skipper" and not found and LICENCE_WORDS.search(text):
        return (Mode.LAND,)
    return found


def read_payment(text: str) -> tuple[str, ...]:
    """Payment timing and channels named, in the order of the codebook."""
    return tuple(name for name, pattern in PAYMENT_WORDS.items() if pattern.search(text))


def _travel(text: str, lang: str) -> tuple[Mode, ...]:
    """Modes by first word that is not denied; "no walking" alone still says that the way is on land."""
    first: dict[Mode, int] = {}
    denied: dict[Mode, int] = {}
    foreign = NOT_MODES.get(lang, frozenset())
    for mode, pattern in MODE_WORDS.items():
        for match in pattern.finditer(text):
            if match[0] in foreign:
                continue
            if _is_denied(text, match.start(), match.end()):
                denied.setdefault(mode, match.start())
            else:
                first[mode] = match.start()
                break
    if not first and Mode.LAND in denied:
        return (Mode.LAND,)
    return tuple(sorted(first, key=lambda mode: first[mode]))


def _is_denied(text: str, start: int, end: int) -> bool:
    return bool(NEGATED_BEFORE.search(text[max(0, start - 30) : start]) or NEGATED_AFTER.match(text[end : end + 20]))
