"""The columns of a post that a landing writes: all at first, some with another wording, few where only more became known."""

from __future__ import annotations

from typing import Any

from ledger.links import LINKS, Links
from ledger.wording import UNTOUCHED, author_scope, fresh_counts, publication, wording
from records import Post


def first_columns(post: Post, author: str | None, links: Links, content: str) -> dict[str, Any]:
    """The columns of a post that lands for the first time. ``author``: the pseudonym; ``content``: see wording."""
    published, estimated = publication(post)
    return {
        **UNTOUCHED,
        **wording(post, content),
        "post_id": post.post_id,
        "platform": post.platform,
        "native_id": post.native_id,
        "source": post.source,
        "revision": 1,
        "doc_version": 1,
        "url": post.url,
        **links.columns(),
        "author": author,
        "author_scope": author_scope(post) if author or links.mentions else None,
        "author_kind": post.author_kind.value,
        "published_at": published,
        "published_estimated": estimated,
        "month": f"{published:%Y.%m}",
        "first_seen": post.collected_at,
    }


def revised_columns(
    post: Post, known: dict[str, Any], author: str | None, links: Links, content: str
) -> dict[str, Any]:
    """The columns that change with another wording of a post that is known."""
    fresh = {
        **UNTOUCHED,
        **wording(post, content),
        "revision": known["revision"] + 1,
        "native_id": post.native_id,
        "url": post.url or known["url"],
        **links.columns(),
        # A source that does not say what a post answers takes nothing back.
        **{name: getattr(links, name) or known[name] for name in LINKS},
        # Another source may take a person's page for an outlet's; only the post's own source may say so.
        "author_kind": post.author_kind.value if post.source == known["source"] else known["author_kind"],
    }
    if author:
        fresh["author"] = author
    if author or links.mentions:
        # Without the scope, whoever is named here could not be found by their name.
        fresh["author_scope"] = author_scope(post)
    return fresh


def added_columns(post: Post, known: dict[str, Any], author: str | None, links: Links) -> dict[str, Any]:
    """What this reading knows of the same wording beyond the earlier ones."""
    added = fresh_counts(post, known)
    if author and known["author"] is None:
        # First read where no author was named; without it an erasure by author would pass the post by.
        added |= {"author": author, "author_scope": author_scope(post)}
    if links.mentions and not known["mentions"]:
        added |= {"mentions": list(links.mentions), "author_scope": author_scope(post)}
    return added | {
        name: linked for name in LINKS if (linked := getattr(links, name)) is not None and known[name] is None
    }
