"""A post as a spider or importer read it, and the bytes and response it was read from."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from records.base import Record, UtcTime, repair_text
from records.identity import PLATFORM_WORD, PostId, make_post_id


class AuthorKind(StrEnum):
    """Who writes at a source. Only ``outlet`` and ``organisation`` posts keep their link in the index (rule 5)."""

    OUTLET = "outlet"
    ORGANISATION = "organisation"
    PERSON = "person"


Count = Annotated[int, Field(ge=-(2**63), lt=2**63)]
"""A count that both ledgers and both indexes can hold; votes can be negative."""


_TEXTS = ("title", "text", "media_text", "native_id", "url", "author", "lang_hint", "reply_to", "thread", "quotes")


class Post(Record):
    """One public post, revision as read. Names in clear leave this record at landing as keyed pseudonyms.

    ``reply_to``, ``thread`` and ``quotes`` name other posts of the platform by their native ids, seen or not.
    """

    platform: str = Field(
        pattern=PLATFORM_WORD,
        description="Platform word: web, fediverse, bluesky, telegram, import, ... From the spider.",
    )
    native_id: str = Field(description="Id that is global on the platform: URI, canonical URL. From the source.")
    source: str = Field(description="Id of the entry in sources.yaml that this was collected for.")
    url: str | None = Field(default=None, description="Public address of the post. From the source.")
    author: str | None = Field(
        default=None, description="Author as the platform names them, in clear; the ledger stores a pseudonym only."
    )
    author_kind: AuthorKind = Field(default=AuthorKind.PERSON, description="From the source's entry.")
    lang_hint: str | None = Field(
        default=None, description="Language the platform states, ISO 639; a hint, not the truth."
    )
    title: str = Field(default="", description="Title as plain text; empty where the platform has none.")
    text: str = Field(description="Body as plain text, line breaks kept.")
    media_text: str = Field(default="", description="Alt texts and captions of media, or OCR text of an import.")
    hashtags: tuple[str, ...] = Field(default=(), description="Without the #, as written.")
    mentions: tuple[str, ...] = Field(
        default=(),
        description="Accounts it names, in clear, as the platform names authors; the ledger stores pseudonyms.",
    )
    reply_to: str | None = Field(default=None, description="Native id of the post that it answers.")
    thread: str | None = Field(
        default=None,
        description="Native id of the post that opened its thread, its own where it did, or the platform's id of the "
        "thread; None where the platform does not say.",
    )
    quotes: str | None = Field(default=None, description="Native id of the post that it quotes, forwards or shares.")
    engagement: dict[str, Count] = Field(
        default_factory=dict, description="Counts by name (likes, replies, ...), read at collected_at."
    )
    published_at: UtcTime | None = Field(default=None, description="When the platform received it; None when unknown.")
    edited_at: UtcTime | None = Field(default=None, description="Last edit that the platform states.")
    collected_at: UtcTime = Field(description="When this revision was read.")
    repairs: tuple[str, ...] = Field(
        default=(), description="What had to be repaired to store it: nul, surrogate, cut."
    )

    @model_validator(mode="before")
    @classmethod
    def _repair(cls, data: object) -> object:
        if not isinstance(data, dict):
            return data
        fixed = dict(data)
        given = fixed.get("repairs") or ()
        repairs: list[str] = list(given) if isinstance(given, list | tuple) else []
        for name in _TEXTS:
            if isinstance(fixed.get(name), str):
                fixed[name], done = repair_text(fixed[name])
                repairs += [word for word in done if word not in repairs]
        for name in ("hashtags", "mentions"):
            words = fixed.get(name) or ()
            if isinstance(words, list | tuple | set | frozenset):  # the field's own check refuses anything else
                fixed[name] = tuple(repair_text(str(word))[0] for word in words)
        if isinstance(given, list | tuple):
            fixed["repairs"] = tuple(repairs)
        return fixed

    @model_validator(mode="after")
    def _has_identity(self) -> Self:
        make_post_id(self.platform, self.native_id)
        return self

    @property
    def post_id(self) -> PostId:
        """32 hexadecimal digits, see records.identity."""
        return make_post_id(self.platform, self.native_id)

    def link_id(self, native_id: str | None) -> PostId | None:
        """The post id of another post of the platform; None where none is named."""
        return make_post_id(self.platform, native_id) if native_id else None


class Capture(Record):
    """One HTTP response (or one import file) that items were read from."""

    capture_id: str = Field(description="Random 32 hexadecimal digits, made by the fetching process.")
    url: str = Field(description="Final URL, or file name for an import.")
    fetched_at: UtcTime = Field(description="When the response was complete.")
    status: int = Field(description="HTTP status; 0 for an import.")
    headers: dict[str, list[str]] = Field(
        default_factory=dict, description="All response headers, names in lower case."
    )
    sha256: str = Field(description="Of the body as received after content decoding, hexadecimal.")
    body: bytes = Field(description="The body; kept 72 hours by the ledger, compressed.")
    spider: str = Field(description="Spider or importer name.")
    version: str = Field(description="Version of Daymark that read it.")

    @field_validator("url")
    @classmethod
    def _storable(cls, value: str) -> str:
        # The name of an imported file can hold bytes that are no text.
        return repair_text(value)[0]


class RawItem(Record):
    """The item's own bytes within a capture: one entry, one status, one line."""

    body: bytes = Field(description="As the platform wrote it, as far as the parser gives it back.")
    media_type: str = Field(description="application/json, application/xml, text/html, ...")


class Landing(Record):
    """What a spider hands to the ledger: a post, its raw bytes, the response it came in."""

    post: Post
    raw: RawItem
    capture: Capture
    lookup: str | None = Field(
        default=None,
        description="What its platform is asked by for this one post, in the spider's own form; None: never rechecked.",
    )
