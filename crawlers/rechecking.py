"""Asking again for the posts of a source that are due, once its poll has read what it could.

after a success   all that are due; where the server asks for a wait, or a cap is reached, the rest stays due
after a failure   the server answered, but not as it should: at most AFTER_FAILURE posts, and none after the first answer that
                  says nothing. A deletion is believed only if the same run found another post where it was: a server in
                  trouble may say "not found" of every one
batches           as many posts at a time as the spider's platform answers for in one request (``batch``)
Whoever refuses us, asks for a wait or does not answer at all is asked for nothing more: Manners. Its other posts stay due,
those of other servers are asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol

from crawlers.errors import BudgetSpent, RateLimited, Refused, TooLarge, Unreachable
from crawlers.items import Found
from crawlers.outcome import Outcome
from crawlers.servers import server_of
from crawlers.tally import Tally
from crawlers.task import RecheckOf
from ledger import Rechecked, RecheckOutcome
from records import Landing

AFTER_FAILURE = 10
"""Posts of a source whose poll failed; it is polled ever less often, so this is what its server bears at most."""

REFUSALS = 3
"""Answers in a row that refuse us or are the server's own fault: one page may be for subscribers alone, three are its word."""
_REFUSING = frozenset({401, 403, 407, 429, 451})

Answer = RecheckOutcome | Landing
"""What became of a post, or the post as it now reads."""


class PutOff(BudgetSpent):
    """The server has refused us in this run: the post stays due."""

    def __init__(self, server: str) -> None:
        super().__init__("rechecks", 0)
        self.message = f"{server} is asked for nothing more"


class Manners:
    """Which servers a run's rechecks ask for nothing more. Nothing is noted, and nobody refused, before they begin."""

    def __init__(self) -> None:
        self._are_on = False
        self._closed: set[str] = set()
        self._refusals = Counter[str]()
        self.let_through = 0
        """Requests of the rechecks that were not held back."""

    def begin(self) -> None:
        """The source has been read; from now on posts are asked for again."""
        self._are_on = True

    def close(self, lookup: str) -> None:
        """Notes that the server of a lookup, or the only one where lookups are no addresses, is asked for nothing more."""
        self._closed.add(server_of(lookup))

    def forbid(self, lookup: str) -> bool:
        """Whether that server is asked for nothing more."""
        return server_of(lookup) in self._closed

    def check(self, url: str) -> None:
        """Raises PutOff for a request that would ask such a server."""
        if self._are_on and self.forbid(url):
            raise PutOff(server_of(url))
        self.let_through += self._are_on

    def note_fault(self, url: str, fault: Refused | Unreachable) -> None:
        """Takes in a request that had no answer."""
        if self._are_on and is_refusal(fault):
            self.close(url)

    def note_answer(self, url: str, status: int) -> None:
        """Takes in an answer."""
        if not self._are_on:
            return
        server = server_of(url)
        self._refusals[server] = self._refusals[server] + 1 if status in _REFUSING or status >= 500 else 0
        if self._refusals[server] >= REFUSALS:
            self.close(url)


def is_refusal(fault: Refused | Unreachable) -> bool:
    """Whether a fault is the server's and not one page's: that may be too large, or forbidden by robots.txt: nobody is asked."""
    if isinstance(fault, Unreachable):
        return True
    return not isinstance(fault, TooLarge) and fault.outcome is not Outcome.ROBOTS_DENIED


class Asking(Protocol):
    """The part of a spider that asks."""

    tally: Tally
    manners: Manners

    @property
    def batch(self) -> int:
        """Posts that ``recheck_batch`` is given at a time."""

    async def recheck_batch(self, posts: Sequence[RecheckOf]) -> Mapping[str, Answer] | None:
        """Answers by post_id; see PollSpider."""


async def ask_again(spider: Asking, posts: Sequence[RecheckOf]) -> AsyncIterator[Found]:
    """The answers after a success; none of them makes the poll a failure."""
    waiting, put_off = list(posts), False
    while waiting:
        size = max(1, spider.batch)
        asked, waiting = waiting[:size], waiting[size:]
        unclear: dict[str, Answer] = dict.fromkeys((post.post_id for post in asked), RecheckOutcome.UNCLEAR)
        sent = spider.manners.let_through
        try:
            answers = await spider.recheck_batch(asked)
        except PutOff:
            # Of a batch some may have been asked for: left due, it would be cut short at the same place again and again.
            answers, put_off = unclear if len(asked) > 1 and spider.manners.let_through > sent else {}, True
            if len(asked) > 1:
                # Lookups that are no addresses do not name the server that is asked for nothing more.
                for post in asked:
                    spider.manners.close(post.lookup)
        except BudgetSpent:
            spider.tally.remark("rechecks_put_off")
            return
        except RateLimited:
            # Posts of that server stay due; of others there may be more.
            for post in asked:
                spider.manners.close(post.lookup)
            answers, put_off = {}, True
        except (Refused, Unreachable) as exc:
            answers = unclear
            if is_refusal(exc):
                for post in asked:
                    spider.manners.close(post.lookup)
        if answers is None:
            return
        left = [post for post in waiting if not spider.manners.forbid(post.lookup)]
        waiting, put_off = left, put_off or len(left) < len(waiting)
        for post in asked:
            answer = answers.get(post.post_id)
            if isinstance(answer, Landing):
                spider.tally.see()
                yield answer
                answer = RecheckOutcome.PRESENT
            if answer is not None:
                yield Rechecked(post.post_id, answer, datetime.now(UTC))
    if put_off:
        spider.tally.remark("rechecks_put_off")


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
