"""The words all rooms speak."""

from records.base import MAX_TEXT, Record, UtcTime, repair_text
from records.display import displayable
from records.document import Document, OfferFields
from records.identity import (
    FEDIVERSE,
    IMPORT,
    PLATFORM_WORD,
    WEB,
    PostId,
    is_post_id,
    make_post_id,
    make_reference,
    parse_reference,
)
from records.offer import Contact, Mode, Offer, Price, PriceUnit
from records.post import AuthorKind, Capture, Landing, Post, RawItem
from records.review import Review, Verdict
from records.source_event import EventKind, GapReason
from records.tags import (
    PROTECTED_KINDS,
    UNKNOWN_LANGUAGE,
    Kind,
    Label,
    ModelOrigin,
    Redaction,
    Referral,
    Tags,
    TextField,
    reading_name,
)
from records.working_copy import TOKEN, make_token, working_copy

__all__ = [
    "FEDIVERSE",
    "IMPORT",
    "MAX_TEXT",
    "PLATFORM_WORD",
    "PROTECTED_KINDS",
    "TOKEN",
    "UNKNOWN_LANGUAGE",
    "WEB",
    "AuthorKind",
    "Capture",
    "Contact",
    "Document",
    "EventKind",
    "GapReason",
    "Kind",
    "Label",
    "Landing",
    "Mode",
    "ModelOrigin",
    "Offer",
    "OfferFields",
    "Post",
    "PostId",
    "Price",
    "PriceUnit",
    "RawItem",
    "Record",
    "Redaction",
    "Referral",
    "Review",
    "Tags",
    "TextField",
    "UtcTime",
    "Verdict",
    "displayable",
    "is_post_id",
    "make_post_id",
    "make_reference",
    "make_token",
    "parse_reference",
    "reading_name",
    "repair_text",
    "working_copy",
]
