"""A feed entry (and its article, where it was read) -> Post."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from datetime import datetime

from config import Source
from crawlers.dates import first_date, read_date
from crawlers.platforms.articles.article import Article
from crawlers.platforms.feeds.byline import without_byline
from crawlers.platforms.feeds.entry import FeedDocument, FeedEntry
from crawlers.tally import Tally
from crawlers.texts import alt_texts, hidden_links, one_line, plain_text
from crawlers.urls import canonical_url, comment_url, host_of
from records import WEB, AuthorKind, Post

_NAME_IN_BRACKETS = re.compile(r"^\S+@\S+\s*\((.+)\)$")
_LANGUAGE = re.compile(r"([a-zA-Z]{2,3})(?:[-_][\w-]*)?$")


def native_id(entry: FeedEntry, document: FeedDocument, source: Source) -> str | None:
    """The canonical link; the guid, prefixed by the feed's address, only where there is no link of its own.

    A feed that links every entry to its home page has no links of its own; a comment is no article, though its link leads
    to one. None: the entry has no identity.
    """
    if is_comment(entry):
        return _comment_id(entry)
    link = canonical_url(entry.link) if entry.link else None
    if link and link not in (canonical_url(document.home or ""), canonical_url(source.url)):
        return link
    if entry.guid:
        return f"{canonical_url(source.url) or source.url}#{entry.guid}"
    return link


def is_comment(entry: FeedEntry) -> bool:
    """Whether it is a reader's comment: by the feed that it came in, or by its link."""
    return entry.is_comment or comment_url(entry.link or "") is not None


def _comment_id(entry: FeedEntry) -> str | None:
    if found := comment_url(entry.link or ""):
        return found
    article = canonical_url(entry.link) if entry.link else None
    return f"{article}#{entry.guid}" if article and entry.guid else None


def build_stamps(document: FeedDocument) -> frozenset[str]:
    """Times of change that several entries share: of the feed's making, not of an edit."""
    counted = Counter(entry.updated for entry in document.entries if entry.updated)
    return frozenset(moment for moment, number in counted.items() if number > 1)


def fingerprint(entry: FeedEntry, stamps: frozenset[str] = frozenset()) -> str:
    """16 hexadecimal digits over what makes an entry's wording; comment counters and the like do not.

    The time of change counts only where the feed shows a summary, since the article may then have changed unseen, and
    where it is none of ``stamps``: else every entry of a feed that is made anew would look edited.
    """
    changed = "" if entry.content.strip() or entry.updated in stamps else entry.updated or ""
    # Without its scheme: a site that moves to https has not rewritten its articles.
    link = (entry.link or "").partition("://")[2]
    parts = (entry.title, entry.content, entry.summary, changed, link, *entry.media_texts)
    return hashlib.sha256("\x00".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def needs_article(entry: FeedEntry) -> bool:
    """Whether the feed shows a summary only; the page behind a comment is its article."""
    return not entry.content.strip() and entry.link is not None and not is_comment(entry)


def listed_at(entry: FeedEntry, document: FeedDocument, source: Source, now: datetime) -> datetime | None:
    """The date by which the entry has its place in the feed, for the window that was read; None where none can be read.

    Some feeds list by publication, others by the last change: the later of both is never too early for either.
    """
    spoken = _spoken(source, document.language)
    dates = (read_date(text, now, spoken)[0] for text in (entry.published, entry.updated))
    return max((moment for moment in dates if moment is not None), default=None)


def make_post(
    entry: FeedEntry,
    article: Article,
    *,
    identity: str,
    source: Source,
    language: str | None,
    now: datetime,
    tally: Tally,
) -> Post:
    """The post; an empty ``Article()`` where none was read. Dates that cannot be true are counted and left out."""
    markup = without_byline(entry.content or entry.summary, entry.link)
    spoken = _spoken(source, article.language, language)
    published, fault = first_date((entry.published, entry.updated, article.published), now, spoken)
    if fault is not None:
        tally.remark(fault.value)
    edited = read_date(entry.updated, now, spoken)[0] if entry.published and entry.updated != entry.published else None
    comment = is_comment(entry)
    text = article.text or plain_text(markup)
    # An article cites its sources by the dozen; in a comment a word that leads elsewhere may be the contact.
    links = hidden_links(markup, text, host_of(identity)) if comment else []
    media = (*entry.media_texts, *alt_texts(entry.content), *alt_texts(entry.summary), *article.media_texts, *links)
    return Post(
        platform=WEB,
        native_id=identity,
        source=source.id,
        # A canonical URL has no fragment: one with # is a guid behind the feed's address.
        url=entry.link if "#" in identity else identity,
        author=_author(entry.author or article.author),
        author_kind=AuthorKind.PERSON if comment else AuthorKind(source.author_kind),
        lang_hint=_language(article.language or language),
        # The title of a comment is made by the site, of the article's and the name of whoever wrote the comment.
        title="" if comment else one_line(entry.title) or article.title,
        text=text,
        media_text="\n".join(dict.fromkeys(one_line(text) for text in media)),
        hashtags=tuple(dict.fromkeys(tag.strip().lstrip("#") for tag in map(one_line, entry.tags) if tag.strip("# "))),
        reply_to=_answered(entry.answers) if comment else None,
        # A comment's identity begins with its article's.
        thread=identity.partition("#")[0] if comment or "#" not in identity else None,
        engagement={} if entry.replies is None else {"replies": entry.replies},
        published_at=published,
        edited_at=edited if edited and (published is None or edited > published) else None,
        collected_at=now,
    )


def _answered(link: str | None) -> str | None:
    """The identity of the comment or article that a comment answers."""
    return (comment_url(link) or canonical_url(link)) if link else None


def _spoken(source: Source, *stated: str | None) -> tuple[str, ...]:
    return (*source.languages, *filter(None, map(_language, stated)))


def _author(name: str | None) -> str | None:
    if not name:
        return None
    text = one_line(name)
    bracketed = _NAME_IN_BRACKETS.match(text)
    return (bracketed[1] if bracketed else text)[:200] or None


def _language(code: str | None) -> str | None:
    match = _LANGUAGE.match((code or "").strip())
    return match[1].lower() if match else None
