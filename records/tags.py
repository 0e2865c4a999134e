"""What the models say of a text: labels with scores and thresholds, language, offer fields, redactions, signature."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field, FiniteFloat

from records.base import Record, UtcTime
from records.offer import Offer

UNKNOWN_LANGUAGE = "und"
"""No language was found in it: a few letters, a row of emoji (ISO 639-2)."""


class Label(StrEnum):
    """The four labels; definitions in docs/codebook.md."""

    SMUGGLING_OFFER = "smuggling_offer"
    RISK_NARRATIVE = "risk_narrative"
    XENOPHOBIC_FRAMING = "xenophobic_framing"
    POSITIVE_FRAMING = "positive_framing"


class Kind(StrEnum):
    """What sort of post it is; exactly one."""

    OFFER = "offer"
    DEMAND = "demand"
    FAMILY_SEARCH = "family_search"
    AID_RESCUE_LEGAL = "aid_rescue_legal"
    LAWFUL_SERVICE = "lawful_service"
    OFFICIAL_WARNING = "official_warning"
    NEWS = "news"
    PARODY = "parody"
    TESTIMONY = "testimony"
    OPINION = "opinion"
    OTHER = "other"


PROTECTED_KINDS = frozenset({Kind.DEMAND, Kind.FAMILY_SEARCH, Kind.AID_RESCUE_LEGAL})
"""People who need help or give it: never in a lead list, counted only in aggregate."""


class Referral(StrEnum):
    """Reasons to hand a post to a person at once; such a post never goes into a digest."""

    RANSOM = "ransom"
    MINOR = "minor"
    IMMINENT_DANGER = "imminent_danger"


class TextField(StrEnum):
    """The parts of a post that hold text."""

    TITLE = "title"
    TEXT = "text"
    MEDIA_TEXT = "media_text"


class Redaction(Record):
    """A span of contact data in one field of a post."""

    field: TextField = Field(description="The field the offsets count in.")
    start: int = Field(ge=0, description="First character, counted in Unicode code points.")
    end: int = Field(description="One past the last character.")
    type: str = Field(description="phone, email or handle.")
    region: str | None = Field(default=None, description="Region of a phone number's prefix, ISO 3166-1 alpha-2.")
    hash: str = Field(description="16 hexadecimal digits of the keyed hash of the normalised contact.")


class ModelOrigin(Record):
    """Which model made a set of tags."""

    name: str
    version: str


class Tags(Record):
    """The machine's reading of one revision of a post."""

    lang: str = Field(description="ISO 639-1 (639-3 where there is none), `und` when unknown.")
    lang_confidence: float = Field(ge=0, le=1, description="Of the language vote.")
    covered: bool = Field(description="False: outside what the model was evaluated on, i.e. not assessed.")
    on_topic: float = Field(ge=0, le=1, description="Calibrated probability of being about migration.")
    is_on_topic: bool = Field(description="on_topic at or over its threshold.")
    labels: tuple[Label, ...] = Field(
        default=(), description="Labels at or over their thresholds; empty if not covered."
    )
    scores: dict[Label, FiniteFloat] = Field(description="Calibrated probabilities, all four labels.")
    thresholds: dict[str, FiniteFloat] = Field(description="The thresholds applied, the four labels and on_topic.")
    sub_labels: tuple[str, ...] = Field(default=(), description="Sub-labels of the labels given.")
    kind: Kind = Field(default=Kind.OTHER)
    referral: tuple[Referral, ...] = Field(default=())
    offer: Offer | None = Field(default=None, description="Only with smuggling_offer.")
    redactions: tuple[Redaction, ...] = Field(default=(), description="Contact data of title, text and media text.")
    signature: tuple[int, ...] = Field(
        default=(), description="MinHash of the normalised text, 128 numbers of 32 bits; empty for very short texts."
    )
    model: ModelOrigin
    rules: str = Field(
        default="", description="Fingerprint of the rules that read contacts, language and offers beside the model."
    )
    made_at: UtcTime | None = Field(default=None, description="When the tags were made; None outside the ledger.")

    @property
    def reading(self) -> str:
        """By which model and rules it was made: `reading_name`."""
        return reading_name(self.model, self.rules)


def reading_name(model: ModelOrigin, rules: str) -> str:
    """``VERSION+RULES``; two readings of one name would be the same."""
    return f"{model.version}+{rules}" if rules else model.version
