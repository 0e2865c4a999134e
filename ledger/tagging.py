"""Committing tags: the tags, the family and the post's new state, in one transaction.

Taggers commit one after the other: families are decided by all posts together. Their lock comes before those on rows, else
one that holds rows and waits for it would stand against one that has it and merges those rows.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger import schema
from ledger.database import Ledger, repeated
from ledger.families import assign_families
from ledger.proposals import CitedPlace, cite
from ledger.rows import State, StoredPost
from ledger.work import held
from ledger.workers import Worker
from records import Tags


@repeated
def commit_tags(
    ledger: Ledger,
    worker: Worker,
    done: Sequence[tuple[StoredPost, Tags]],
    cited: Mapping[str, Collection[CitedPlace]] | None = None,
) -> int:
    """Commits the tags of leased posts; returns how many counted. ``cited``: the places that each links to, by post id.

    A post that was revised, removed or taken over since the claim keeps its state and is due again by itself.
    """
    with ledger.write() as conn:
        ledger.lock_families(conn)
        mine = held(conn, worker, [(post.post_id, post.doc_version) for post, _ in done])
        _give_back(conn, worker, [post.post_id for post, _ in done])
        # Of a post that was claimed twice the later claim counts: the earlier is of a wording, or a state, that is past.
        newest = {post.post_id: (post, tags) for post, tags in sorted(done, key=lambda item: item[0].doc_version)}
        kept = [newest[post_id] for post_id in newest if post_id in mine]
        if not kept:
            return 0
        now = ledger.now(conn)
        table = schema.tags
        old = sa.and_(table.c.post_id.in_(sorted(mine)), table.c.current)
        same_wording = set(conn.execute(sa.select(table.c.post_id).where(old)).scalars())
        conn.execute(table.update().where(old).values(current=False))
        conn.execute(
            table.insert(),
            [
                {
                    "post_id": post.post_id,
                    "revision": post.revision,
                    "model_name": tags.model.name,
                    "model_version": tags.model.version,
                    "made_at": now,
                    "current": True,
                    # The signature stands in its own table; twice it would be half of the ledger.
                    "body": tags.model_copy(update={"made_at": now, "signature": ()}).model_dump(mode="json"),
                }
                for post, tags in kept
            ],
        )
        target = schema.post
        # Read anew, with nothing new said of its topic: the days after which its text goes run on.
        said_before = sa.and_(
            target.c.tagged_at.is_not(None), target.c.on_topic.is_not_distinct_from(sa.bindparam("topic"))
        )
        statement = (
            target.update()
            .where(target.c.post_id == sa.bindparam("id"))
            .values(
                state=State.TAGGED.value,
                doc_version=target.c.doc_version + 1,
                tagged_at=sa.case((said_before, target.c.tagged_at), else_=now),
                model_version=sa.bindparam("version"),
                on_topic=sa.bindparam("topic"),
                is_offer=sa.bindparam("offer"),
                retag=False,
                attempts=0,
                deaths=0,
                alone=False,
                failed_reason=None,
                failed_at=None,
            )
        )
        conn.execute(
            statement,
            [
                {
                    "id": post.post_id,
                    "version": tags.reading,
                    # On or off topic is for an assessed post alone: the text of one that is not waits for a better model, and no
                    # longer than that.
                    "topic": tags.is_on_topic if tags.covered else None,
                    "offer": tags.offer is not None,
                }
                for post, tags in kept
            ],
        )
        cite(ledger, conn, [post.post_id for post, _ in kept], cited or {})
        assign_families(ledger, conn, {post.post_id: tags.signature for post, tags in kept}, same_wording)
        return len(kept)


def _give_back(conn: Connection, worker: Worker, post_ids: list[str]) -> None:
    post = schema.post
    conn.execute(
        post.update()
        .where(post.c.worker == worker.id, post.c.post_id.in_(post_ids))
        .values(worker=None, lease_stage=None)
    )
