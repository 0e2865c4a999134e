"""Asking again for the posts of a source that are due, once its poll has read what it could.

after a success   all that are due; where the server asks for a wait, or a cap is reached, the rest stays due
after a failure   the server answered, but not as it should: at most AFTER_FAILURE posts, and none after the first answer that
                  says nothing. A deletion is believed only if the same run found another post where it was: a server in
                  trouble may say "not found" of every one
Whoever refuses us, asks for a wait or does not answer at all is asked for nothing more (crawlers/spiders/base.py).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from crawlers.errors import BudgetSpent, RateLimited, Refused, Unreachable
from crawlers.items import Found
from crawlers.tally import Tally
from crawlers.task import RecheckOf
from ledger import Rechecked, RecheckOutcome
from records import Landing

AFTER_FAILURE = 10
"""Posts of a source whose poll failed; it is polled ever less often, so this is what its server bears at most."""

Ask = Callable[[RecheckOf], Awaitable[RecheckOutcome | Landing | None]]
"""What became of a post, or the post as it now reads; None: nothing can be asked now. May raise any of crawlers.errors."""


async def ask_again(ask: Ask, posts: Sequence[RecheckOf], tally: Tally) -> AsyncIterator[Found]:
    """The answers after a success; none of them makes the poll a failure."""
    for post in posts:
        try:
            answer = await ask(post)
        except (BudgetSpent, RateLimited):
            # A wait that a server asks for is kept in any case; the posts stay due.
            tally.remark("rechecks_put_off")
            return
        except (Refused, Unreachable):
            answer = RecheckOutcome.UNCLEAR
        if answer is None:
            return
        if isinstance(answer, Landing):
            tally.see()
            yield answer
            answer = RecheckOutcome.PRESENT
        yield Rechecked(post.post_id, answer, datetime.now(UTC))


async def ask_again_after_failure(ask: Ask, posts: Sequence[RecheckOf], tally: Tally) -> AsyncIterator[Found]:
    """The answers after a failure of a server that does answer; the deletions come last."""
    gone: list[Rechecked] = []
    proven = False
    async for item in ask_again(ask, posts[:AFTER_FAILURE], tally):
        outcome = item.outcome if isinstance(item, Rechecked) else None
        if isinstance(item, Rechecked) and outcome in (RecheckOutcome.DELETED, RecheckOutcome.GONE):
            gone.append(item)
            continue
        yield item
        proven = proven or outcome is RecheckOutcome.PRESENT
        if outcome is RecheckOutcome.UNCLEAR:
            break
    if gone and not proven:
        tally.remark("removal_doubted", len(gone))
    for answer in gone:
        yield answer if proven else replace(answer, outcome=RecheckOutcome.UNCLEAR)
