"""Rechecks of articles by their pages: for feeds, sitemaps and searches alike.

edited     a page that is believed to be the article (articles/belief.py) lands as it reads now, where its text came from there
removed    as articles/removals.py judges; its entry is asked for every day while a list names it (memory.py)
unclear    all else: log-ins, walls, errors, a page that does not show that it is the article
"""

from __future__ import annotations

from crawlers.platforms.articles.belief import Expected
from crawlers.platforms.articles.pages import ArticlePages, ArticleUnread
from crawlers.platforms.articles.removals import ArticleRefused
from crawlers.platforms.feeds.entries import EntryReader
from crawlers.rechecking import Answer
from crawlers.task import RecheckOf
from ledger import RecheckOutcome


class ArticleRechecks:
    """The rechecks of one poll."""

    def __init__(self, pages: ArticlePages, entries: EntryReader) -> None:
        self._pages = pages
        self._entries = entries

    async def recheck(self, post: RecheckOf) -> Answer:
        """What became of an article. May raise what fetching raises."""
        found = self._entries.find(post.post_id, post.lookup)
        is_from_page = self._entries.is_from_page(found[1] if found is not None else None)
        landed = self._pages.wording(post.post_id)
        expected = Expected(post.lookup, post_id=post.post_id)
        if landed is not None and is_from_page:
            expected = Expected(post.lookup, post_id=post.post_id, landed=landed)
        elif landed is not None:
            expected = Expected(post.lookup, landed.title, landed.text, post.post_id)
        try:
            article, response = await self._pages.look(expected)
        except ArticleUnread:
            return RecheckOutcome.UNCLEAR
        except ArticleRefused as exc:
            outcome = await self._pages.removals.judge(exc, post.lookup)
            if outcome is RecheckOutcome.DELETED:
                self._entries.note_gone(post.post_id, post.lookup)
            return outcome
        if not (is_from_page and article.text):
            return RecheckOutcome.PRESENT
        return self._entries.landing_again(post, article, response) or RecheckOutcome.PRESENT
