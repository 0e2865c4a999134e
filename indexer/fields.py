"""The fields a query may name, and how their values are written. Index field names: the outward contract."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from indexer.normalise import fold_hashtag
from records import Kind, Label, Mode, Referral


class Form(Enum):
    """How a field's values are brought to the form they have in the index."""

    EXACT = "exact"
    LOWER = "lower"
    UPPER = "upper"
    HASHTAG = "hashtag"
    FLAG = "flag"


@dataclass(frozen=True)
class Field:
    """One searchable field: its word in a query, its path in a document, and the values it can have (empty: any)."""

    word: str
    path: str
    form: Form = Form.LOWER
    values: tuple[str, ...] = ()

    def read_value(self, text: str) -> str:
        """The value as it stands in the index. Raises ValueError naming the values that exist."""
        match self.form:
            case Form.EXACT:
                value = text
            case Form.UPPER:
                value = text.upper()
            case Form.HASHTAG:
                value = fold_hashtag(text)
            case Form.FLAG:
                value = {"yes": "true", "no": "false"}.get(text.lower(), text.lower())
            case Form.LOWER:
                value = text.lower()
        if not value:
            raise ValueError(f"{self.word} needs a value with a letter or digit, not {text[:40]!r}")
        if self.values and value not in self.values:
            raise ValueError(f"{self.word} is one of {', '.join(self.values)}; {text[:40]!r} is not")
        return value


_FLAG = ("true", "false")

FIELDS = {
    field.word: field
    for field in (
        Field("lang", "lang"),
        Field("platform", "platform"),
        Field("source", "source"),
        Field("label", "labels", values=tuple(Label)),
        Field("sub_label", "sub_labels"),
        Field("kind", "kind", values=tuple(Kind)),
        Field("referral", "referral", values=tuple(Referral)),
        Field("family", "family"),
        Field("author", "author"),
        Field("mentions", "mentions"),
        Field("thread", "thread"),
        Field("reply_to", "reply_to"),
        Field("quotes", "quotes"),
        Field("hashtag", "hashtag_folded", Form.HASHTAG),
        Field("model", "model.version", Form.EXACT),
        Field("contact", "offer.contact"),
        Field("origin", "offer.origin", Form.UPPER),
        Field("transit", "offer.transit", Form.UPPER),
        Field("destination", "offer.destination", Form.UPPER),
        Field("mode", "offer.modes", values=tuple(Mode)),
        Field("service", "offer.service"),
        Field("payment", "offer.payment"),
        Field("currency", "offer.currency", Form.UPPER),
        Field("on_topic", "on_topic", Form.FLAG, _FLAG),
        Field("covered", "covered", Form.FLAG, _FLAG),
        Field("reviewed", "reviewed", Form.FLAG, _FLAG),
        Field("id", "post_id"),
    )
}
"""By word."""
