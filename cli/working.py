"""tag, index, reindex, run, quarantine: the stages, by hand and as a service."""

from __future__ import annotations

import os
import threading
from collections import Counter
from datetime import UTC, datetime

import typer

from alerts import check_channels
from cli.collecting import print_summaries
from cli.faults import CommandFault, read_post_id
from cli.output import print_json, print_table, progress
from cli.rooms import load_tagger, make_rooms, open_house, open_worker, register_of
from config import load_subscriptions
from crawlers import CrawlProcesses, known_hosts
from indexer import check_index, drain_index, expunge_due
from indexer import reindex as rebuild_index
from ledger import Stage, due, list_quarantine, mark_retag, replay
from records import reading_name

PATIENCE = 60.0
"""Seconds that a command waits for an index that is away, before it fails and says so."""

AGAIN = 10.0
"""The same where it was waited for, in vain or not, a moment ago."""


def tag(
    retag: bool = typer.Option(False, help="Also tag anew what another model, or other rules, tagged."),
) -> None:
    """Tags what is due; ends when nothing is due or leased."""
    from tagging import drain_tag, source_regions

    with open_house() as house, open_worker(house) as worker:
        tagger = load_tagger(house.settings, house.ledger.pseudonyms)
        if retag:
            reading = reading_name(tagger.origin, tagger.rules)
            print(f"{mark_retag(house.ledger, reading):,} posts to tag anew with {reading}")
        total = sum(due(house.ledger, Stage.TAG))
        with progress("tagging", total) as tell:
            listed = register_of(house)
            report = drain_tag(
                house.ledger,
                worker,
                tagger,
                source_regions(listed),
                hosts=known_hosts(listed.sources),
                tell=tell,
            )
    print(
        f"{report.tagged:,} tagged"
        + (f", {report.rejected:,} failed (daymark quarantine list)" if report.rejected else "")
    )


index_app = typer.Typer(help="Writes what is due into the index.", no_args_is_help=False)


@index_app.callback(invoke_without_command=True)
def index(ctx: typer.Context) -> None:
    """Writes what is due into the index; ends when nothing is due or leased."""
    if ctx.invoked_subcommand is not None:
        return
    with open_house() as house, open_worker(house) as worker:
        total = sum(due(house.ledger, Stage.INDEX))
        with progress("indexing", total) as tell:
            told = 0

            def say(done: int) -> None:
                nonlocal told
                tell(done - told)
                told = done

            report = drain_index(
                house.ledger, worker, house.index, patience=PATIENCE, progress=lambda r: say(r.indexed + r.quarantined)
            )
        expunge_due(house.index, datetime.now(UTC))
    print(f"{report.indexed:,} indexed, {report.erased:,} erased, {report.quarantined:,} quarantined")


@index_app.command("check")
def check(
    repair: bool = typer.Option(True, help="Mend what differs."),
    erase_many: bool = typer.Option(
        False, "--yes", help="Also erase where much of the index is unknown to the ledger."
    ),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """Compares ledger and index document by document and repairs the index."""
    with open_house() as house, open_worker(house) as worker:
        report = check_index(house.ledger, house.index, repair=repair, erase_many=erase_many)
        if repair and report.repaired:
            drain_index(house.ledger, worker, house.index, patience=PATIENCE)
            expunge_due(house.index, datetime.now(UTC))
    names = ("expected", "found", "missing", "stale", "orphaned", "misplaced", "ahead", "repaired")
    values = {name: getattr(report, name) for name in names}
    if as_json:
        print_json(values)
    else:
        print(", ".join(f"{number:,} {name}" for name, number in values.items()))
    if report.ahead:
        raise CommandFault("the index is ahead of the ledger (restored from a backup?): run `daymark reindex`")
    if report.spared:
        raise CommandFault(
            f"{report.spared:,} of {report.found:,} documents belong to no post of this ledger, and none was erased: if "
            "DAYMARK_LEDGER_URL and DAYMARK_INDEX_URL are right, `daymark index check --yes` erases them"
        )
    if report.unrepaired:
        raise CommandFault(f"{report.unrepaired:,} documents could not be erased, try again: {report.reason}")
    if not report.agrees and not repair:
        raise typer.Exit(1)


def reindex(
    take: bool = typer.Option(
        False, "--take-over", help="Empty an index that another ledger filled, and make it ours."
    ),
) -> None:
    """Rebuilds the index from the ledger; a rebuild that was broken off goes on."""
    with open_house() as house, open_worker(house) as worker, progress("rebuilding") as tell:
        told = 0

        def say(done: int) -> None:
            nonlocal told
            tell(done - told)
            told = done

        report = rebuild_index(
            house.ledger, worker, house.index, take=take, patience=PATIENCE, progress=lambda r: say(r.indexed)
        )
    print(f"{report.indexed:,} indexed")


def run(once: bool = typer.Option(False, "--once", help="One whole pass, then exit.")) -> None:
    """The service: collects, tags, indexes and alerts on their clocks."""
    import scheduler

    with open_house() as house, open_worker(house) as worker, CrawlProcesses() as processes:
        subscriptions = load_subscriptions(house.settings.data).subscriptions
        # A digest that cannot leave is said now, not at seven in the morning.
        check_channels(subscriptions, house.settings)
        rooms = make_rooms(house, worker, processes, threading.Event())
        if not once:
            scheduler.serve(rooms)
            worker.close()
            # Threads of libraries must not hold up a stop that was asked for; everything of ours is committed.
            house.ledger.close()
            os._exit(0)
        scheduler.warn_of_languages(house.settings)
        done = Counter[str]()

        def write(patience: float) -> int:
            return drain_index(house.ledger, worker, house.index, patience=patience).indexed

        try:
            # As in the service no step waits for another to succeed: an index that is away keeps nothing past its time.
            scheduler.do_each(
                "run --once",
                lambda: print_summaries(scheduler.collect(rooms)),
                lambda: done.update(tagged=scheduler.tag(rooms).tagged),
                lambda: done.update(indexed=write(PATIENCE)),
                lambda: done.update(sent=scheduler.alert(rooms)),
                lambda: scheduler.keep(rooms),
                # What was stripped just now leaves the index in this pass, not in tomorrow's.
                lambda: write(AGAIN),
                lambda: expunge_due(house.index, datetime.now(UTC)),
            )
        finally:
            print(f"{done['tagged']:,} tagged, {done['indexed']:,} indexed, {done['sent']:,} digests sent")


quarantine_app = typer.Typer(help="Posts that failed: where, why, how often; and trying again.", no_args_is_help=True)


@quarantine_app.command("list")
def list_failed(as_json: bool = typer.Option(False, "--json", help="Print JSON.")) -> None:
    """Shows what failed."""
    with open_house() as house:
        failed = list_quarantine(house.ledger)
    rows = [
        {
            "post_id": item.post_id,
            "source": item.source,
            "stage": item.stage.value,
            "attempts": item.attempts,
            "at": item.at.isoformat(timespec="seconds"),
            "reason": item.reason,
        }
        for item in failed
    ]
    if as_json:
        print_json(rows)
    elif rows:
        print_table("", list(rows[0]), [list(row.values()) for row in rows])
    else:
        print("the quarantine is empty")


@quarantine_app.command("replay")
def replay_failed(post_ids: list[str] = typer.Argument(None, help="Post ids; all when none is given.")) -> None:
    """Returns failed posts to the stage that failed."""
    wanted = [read_post_id(text) for text in post_ids or ()]
    with open_house() as house:
        unknown = set(wanted) - {item.post_id for item in list_quarantine(house.ledger)}
        if unknown:
            raise CommandFault(f"not in quarantine: {', '.join(sorted(unknown))}; see daymark quarantine list")
        count = replay(house.ledger, wanted or None)
    print(f"{count:,} posts are due again: daymark run --once")


def register(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    app.command()(tag)
    app.add_typer(index_app, name="index")
    app.command()(run)
    app.command()(reindex)
    app.add_typer(quarantine_app, name="quarantine")
