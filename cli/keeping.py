"""open, erase: originals are read and removed for a reason that is written down."""

from __future__ import annotations

from datetime import UTC, datetime

import typer

from alerts import recall
from cli.faults import CommandFault, read_post_id
from cli.output import print_json, print_text
from cli.rooms import House, open_house, open_worker
from indexer import IndexFault, IndexUnavailable, drain_index, expunge_due
from ledger import Worker, compact, erase_author, erase_post, open_original


def open_post(
    post_id: str = typer.Argument(metavar="POST_ID", help="As search prints it, with or without daymark:"),
    reason: str = typer.Option(..., help="Why the original is needed; it is logged."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """Shows a post's original and link, and logs that it was read."""
    identity = read_post_id(post_id)
    with open_house() as house:
        original = open_original(house.ledger, identity, reason)
    post = original.post
    if as_json:
        print_json(
            {
                "post_id": post.post_id,
                "url": post.url,
                "native_id": post.native_id,
                "title": post.title,
                "text": post.text,
                "media_text": post.media_text,
                "revision": post.revision,
                "earlier": [{"revision": n, "title": title, "text": text} for n, title, text in original.earlier],
                "raw": original.raw.decode("utf-8", "replace") if original.raw is not None else None,
            }
        )
        return
    if post.stripped:
        print("the content was dropped under the retention rules; times and tags remain")
    print_text(f"{post.url or post.native_id}\nrevision {post.revision}, read {post.collected_at:%Y-%m-%d %H:%M} UTC\n")
    print_text("\n".join(part for part in (post.title, post.text, post.media_text) if part))
    for number, title, text in original.earlier:
        print_text(f"\n--- revision {number} ---\n{title}\n{text}")


def erase(
    author: str = typer.Option("", help="Name as the platform shows it, or a pseudonym (16 hexadecimal digits)."),
    post: str = typer.Option("", help="Post id."),
    reason: str = typer.Option(..., help="Why; it is logged without the name."),
) -> None:
    """Erases an author's posts, or one post, from every store; a tombstone blocks a re-crawl."""
    if bool(author) == bool(post):
        raise typer.BadParameter("give either --author or --post")
    with open_house() as house, open_worker(house) as worker:
        done = (
            erase_author(house.ledger, author, reason)
            if author
            else erase_post(house.ledger, read_post_id(post), reason)
        )
        left = [*_recall_digests(house), *_erase_from_index(house, worker)]
    if left:
        raise CommandFault(f"{done.posts} posts are erased from the ledger, but {'; and '.join(left)}")
    others = f", and taken out of {done.others:,} posts of others" if done.others else ""
    others += f"; {done.items:,} items that could not be landed are dropped" if done.items else ""
    print(
        f"{done.posts:,} posts erased{others}; the index deletes once more in two minutes (daymark run does it by itself)"
    )


def _recall_digests(house: House) -> list[str]:
    """Takes the posts out of digests that lie in files; returns what could not be done."""
    try:
        recall(house.ledger, house.settings)
    except OSError as exc:
        return [f"a digest file still holds words of them: {exc.strerror or exc}: {exc.filename}; delete it"]
    except Exception as exc:  # noqa: BLE001 - the index must lose its words whatever became of the digests
        # The type alone: a message can quote a post.
        return [f"a digest file may still hold words of them ({type(exc).__name__}); `daymark run --once` looks again"]
    return []


def _erase_from_index(house: House, worker: Worker) -> list[str]:
    """Takes the posts out of the index, and their bytes out of its files and the ledger's; returns what could not be done."""
    left = "the index is away and deletes them at the next `daymark index`"
    try:
        drain_index(house.ledger, worker, house.index, patience=10)
        left = "their words are still in the index's files until the next `daymark index`"
        expunge_due(house.index, datetime.now(UTC))
    except IndexUnavailable as exc:
        return [f"{left}: {exc}"]
    except IndexFault as exc:
        return [f"the index may still hold them: {exc}"]
    finally:
        compact(house.ledger)
    return []


def register(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    app.command("open")(open_post)
    app.command()(erase)
