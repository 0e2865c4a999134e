"""Asking again for the posts of a source that are due, once its poll has read what it could.

after a success   all that are due; where the server asks for a wait, or a cap is reached, the rest stays due
after a failure   the server answered, but not as it should: at most AFTER_FAILURE posts, and none after the first answer that
                  says nothing. A deletion is believed only if the same run found another post where it was: a server in
                  trouble may say "not found" of every one
batches           as many posts at a time as the spider's platform answers for in one request (``batch``)
Whoever refuses us, asks for a wait or does not answer at all is asked for nothing more (crawlers/spiders/base.py).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol

from crawlers.errors import BudgetSpent, RateLimited, Refused, Unreachable
from crawlers.items import Found
from crawlers.tally import Tally
from crawlers.task import RecheckOf
from ledger import Rechecked, RecheckOutcome
from records import Landing

AFTER_FAILURE = 10
"""Posts of a source whose poll failed; it is polled ever less often, so this is what its server bears at most."""

Answer = RecheckOutcome | Landing
"""What became of a post, or the post as it now reads."""


class Asking(Protocol):
    """The part of a spider that asks."""

    tally: Tally

    @property
    def batch(self) -> int:
        """Posts that ``recheck_batch`` is given at a time."""

    async def recheck_batch(self, posts: Sequence[RecheckOf]) -> Mapping[str, Answer] | None:
        """Answers by post_id; see PollSpider."""


async def ask_again(spider: Asking, posts: Sequence[RecheckOf]) -> AsyncIterator[Found]:
    """The answers after a success; none of them makes the poll a failure."""
    waiting = list(posts)
    while waiting:
        size = max(1, spider.batch)
        asked, waiting = waiting[:size], waiting[size:]
        try:
            answers = await spider.recheck_batch(asked)
        except (BudgetSpent, RateLimited):
            # A wait that a server asks for is kept in any case; the posts stay due.
            spider.tally.remark("rechecks_put_off")
            return
        except (Refused, Unreachable):
            answers = dict.fromkeys((post.post_id for post in asked), RecheckOutcome.UNCLEAR)
        if answers is None:
            return
        for post in asked:
            answer = answers.get(post.post_id)
            if isinstance(answer, Landing):
                spider.tally.see()
                yield answer
                answer = RecheckOutcome.PRESENT
            if answer is not None:
                yield Rechecked(post.post_id, answer, datetime.now(UTC))


async def ask_again_after_failure(spider: Asking, posts: Sequence[RecheckOf]) -> AsyncIterator[Found]:
    """The answers after a failure of a server that does answer; the deletions come last."""
    gone: list[Rechecked] = []
    proven = False
    async for item in ask_again(spider, posts[:AFTER_FAILURE]):
        outcome = item.outcome if isinstance(item, Rechecked) else None
        if isinstance(item, Rechecked) and outcome in (RecheckOutcome.DELETED, RecheckOutcome.GONE):
            gone.append(item)
            continue
        yield item
        proven = proven or outcome is RecheckOutcome.PRESENT
        if outcome is RecheckOutcome.UNCLEAR:
            break
    if gone and not proven:
        spider.tally.remark("removal_doubted", len(gone))
    for answer in gone:
        yield answer if proven else replace(answer, outcome=RecheckOutcome.UNCLEAR)
