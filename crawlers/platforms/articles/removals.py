"""Whether an article whose page is gone, or no longer wants to be read, is removed.

own      a page that says noindex and names itself as the article                             -> removed
listed   404 while a list of this poll still names the article, or is unchanged and cannot be read again to see whether it
         does: it passes                                                                       -> unclear
proof    410, noindex, 404: believed where the same poll reads another article of that host (shared/existence.py), one
         that was read anyway, else one from the list, else the host's home page
A server in trouble, or a wall, says "not found" or noindex of everything.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from urllib.parse import urljoin

from crawlers.errors import BudgetSpent, RateLimited, Refused, Unreachable
from crawlers.platforms.articles.article import read_article
from crawlers.platforms.articles.belief import has_moved
from crawlers.platforms.shared.existence import Existence
from crawlers.spiders.base import PollSpider
from crawlers.urls import host_of
from ledger import RecheckOutcome

Relist = Callable[[], Awaitable[bool]]


class ArticleRefused(Exception):
    """The page says that the post must not be kept; ``passing``: it may say so of everything, or only for now."""

    def __init__(self, reason: str, *, is_own: bool = False, passing: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_own = is_own
        self.passing = passing


class Removals:
    """The judgements of one poll."""

    def __init__(self, spider: PollSpider) -> None:
        self._spider = spider
        self._existence: dict[str, Existence] = {}
        self._links: dict[str, list[str]] = {}
        self._listed: set[str] = set()
        self.relist: Relist | None = None
        """Reads again what the poll was told is unchanged and notes what it lists; whether all of it could be read.

        Asked for at every refusal; None where there is nothing to read again.
        """
        self._are_read = True

    def note_listed(self, links: Iterable[str | None]) -> None:
        """A list of the publisher's, read in this poll, names these articles."""
        known = [link for link in links if link]
        self._listed.update(map(_bare, known))
        self.note_known(known)

    def note_known(self, links: Iterable[str | None]) -> None:
        """Articles that should be there; a search's list says no more than that."""
        for link in filter(None, links):
            self._links.setdefault(host_of(link), []).append(link)

    def answered(self, link: str) -> None:
        """An article's page was read."""
        self._of(link).answered()

    async def judge(self, refused: ArticleRefused, link: str) -> RecheckOutcome:
        """DELETED or UNCLEAR. May raise BudgetSpent and RateLimited."""
        if refused.is_own:
            return RecheckOutcome.DELETED
        await self._read_lists()
        may_be_listed = not self._are_read or _bare(link) in self._listed
        if refused.reason == "article_gone" and refused.passing and may_be_listed:
            self._spider.tally.remark("removal_doubted")
            return RecheckOutcome.UNCLEAR
        existence = self._of(link)
        others = [other for other in self._links.get(host_of(link), ()) if _bare(other) != _bare(link)]
        existence.listed(others[-1] if others else urljoin(link, "/"))
        return await existence.judge_missing(self._finds)

    async def _read_lists(self) -> None:
        if self.relist is None:
            return
        # What ends the reading by an exception ends it for the posts that follow, too.
        before, self._are_read = self._are_read, False
        self._are_read = await self.relist() and before

    async def _finds(self, link: str) -> bool:
        try:
            response = await self._spider.fetch(link)
        except (BudgetSpent, RateLimited):
            raise
        except (Refused, Unreachable):
            return False
        if response.status != 200:
            return False
        article = read_article(response)
        # A log-in that everything is led to finds nothing.
        return article.refusal is None and (bool(article.published) or not has_moved(response.url, link))

    def _of(self, link: str) -> Existence:
        return self._existence.setdefault(host_of(link), Existence(self._spider.tally))


def _bare(link: str) -> str:
    return link.partition("://")[2].partition("#")[0]
