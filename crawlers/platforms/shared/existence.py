"""Whether "not found" is believed. A proxy that sends lookups astray, or a server that has just closed, says it of every
post: it counts as a deletion only if, in the same poll, the same lookup shows a post that is known to be there.

Likewise a post that is shown without a word: its author has taken them back, or the platform calls their field otherwise by
now and shows every post so. It counts only if another post of the same poll has words.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from crawlers.tally import Tally
from ledger import RecheckOutcome
from records import Post


class Existence:
    """The proof of one poll, made once, at the first "not found"."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._known: str | None = None
        self._proven: bool | None = None
        self._speaks = False

    def read(self, post: Post) -> None:
        """A post of this poll. A title is no proof: it stands in a field of its own."""
        self._speaks = self._speaks or bool(post.text or post.media_text)

    @property
    def speaks(self) -> bool:
        """Whether any post of this poll has words so far."""
        return self._speaks

    def judge_wordless(self) -> RecheckOutcome:
        """What it means that a post, asked for again, has no words."""
        if self._speaks:
            return RecheckOutcome.DELETED
        self._tally.remark("removal_doubted")
        return RecheckOutcome.UNCLEAR

    def listed(self, lookup: str) -> None:
        """A list of this poll shows the post; the last one given, the oldest, is the least likely to be gone since."""
        self._known = lookup

    def answered(self) -> None:
        """A lookup of this poll found its post."""
        self._proven = True

    @property
    def is_doubted(self) -> bool:
        """Whether this poll has shown that its lookups do not find what is there: then asking on says nothing."""
        return self._proven is False

    async def judge_missing(self, finds: Callable[[str], Awaitable[bool]]) -> RecheckOutcome:
        """What "not found" means; ``finds`` asks for one post. May raise what ``finds`` raises."""
        if self._proven is None:
            self._proven = self._known is not None and await finds(self._known)
        if self._proven:
            return RecheckOutcome.DELETED
        self._tally.remark("removal_doubted")
        return RecheckOutcome.UNCLEAR
