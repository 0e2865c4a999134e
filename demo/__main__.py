"""`make demo`: the whole way of a post on a small local site, with the real spiders, in a folder of its own.

The site, its posts and all contacts in them are invented. Nothing leaves this machine.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from cli.output import print_table
from config import load_key, load_settings
from demo.entries import Truth, World
from demo.picture import draw_trend
from demo.quality import LabelQuality, judge
from demo.site import build_world, serve, truth_by_native_id
from indexer import Interval, TrendQuery, make_trend, open_index
from ledger import Ledger, coverage_windows, open_ledger, tagged_posts
from records import Tags

HERE = Path(__file__).parent
ROOT = HERE.parent
OUT = ROOT / "out" / "demo"


def main() -> int:
    """Runs the demo; returns the exit status."""
    began = time.monotonic()
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("DAYMARK_")},
        "DAYMARK_DATA": str(OUT / "data"),
        "DAYMARK_KEY_DIR": str(OUT / "key"),
    }
    world = build_world(datetime.now(UTC))
    with serve(world) as base:
        say(f"a site with {len(world.entries)} invented posts in six languages runs at {base}")
        truth = truth_by_native_id(world, base)
        daymark(environment, "init", "--controller", "Demo", "--purpose", "trying Daymark out",
                "--legal-basis", "invented posts only", "--contact", "demo@example.org")  # fmt: skip
        (OUT / "data" / "sources.yaml").write_text(
            (HERE / "sources.yaml").read_text("utf-8").replace("{base}", base), "utf-8"
        )
        (OUT / "data" / "subscriptions.yaml").write_text((HERE / "subscriptions.yaml").read_text("utf-8"), "utf-8")
        say("collecting: the real spiders, one process a source")
        daymark(environment, "collect")
    say("tagging and indexing")
    daymark(environment, "tag")
    daymark(environment, "index")
    say("the share of each label, by month")
    daymark(environment, "trends", "--interval", "month")
    say("a search")
    daymark(environment, "search", "label:smuggling_offer destination:IT", "--limit", "5")
    say("the market")
    daymark(environment, "market")
    say("how right the classifier was (the demo world keeps its own truth; nothing of it was used in training)")
    settings = load_settings(environment)
    with open_ledger(settings.ledger, load_key(settings.key_dir)) as ledger:
        show_quality(ledger, truth, world)
        index = open_index(settings)
        question = TrendQuery(interval=Interval.WEEK)
        trend = make_trend(index, question, coverage_windows(ledger), datetime.now(UTC))
        draw_trend(trend, OUT / "trends.png", "Daymark demo: what the posts of an invented world say, week by week")
        index.close()
    digest = daymark(environment, "digest", "--preview", "--html", str(OUT / "digest.html"), quiet=True)
    if digest:
        say("the digest is in out/demo/digest.html")
    say("status")
    daymark(environment, "status")
    print(f"""
done in {time.monotonic() - began:.0f} s. Results:
  {OUT / "trends.png"}
  {OUT / "digest.html"}
  {OUT / "data"}  ledger and index; ask more with
    DAYMARK_DATA={OUT / "data"} DAYMARK_KEY_DIR={OUT / "key"} .venv/bin/daymark search 'lang:tr'
next: your own first source, README.md, "Your first source\"""")
    return 0


def say(what: str) -> None:
    """A heading."""
    print(f"\n== {what}", flush=True)


def daymark(environment: dict[str, str], *words: str, quiet: bool = False) -> bool:
    """Runs one command as a user would; a failure ends the demo with its exit status."""
    shown = " ".join(word if " " not in word else f"'{word}'" for word in words)
    if not quiet:
        print(f"$ daymark {shown}", flush=True)
    done = subprocess.run([Path(sys.executable).parent / "daymark", *words], env=environment, check=False)
    if done.returncode:
        sys.exit(f"the demo stops: daymark {words[0]} ended with {done.returncode}")
    return True


def show_quality(ledger: Ledger, truth: dict[str, Truth], world: World) -> None:
    """Prints precision and recall against the demo's truth, and how many posts were not assessed."""
    pairs = read_pairs(ledger, truth)
    rows = [(row.name, _rate(row.precision), _rate(row.recall), row.truth) for row in judge(pairs)]
    print_table("", ("label", "precision", "recall", "true posts"), rows, numbers=3)
    missed = sum(not tags.covered for _, tags in pairs)
    print(
        f"{len(pairs)} of {len(world.entries)} posts collected and tagged; {missed} not assessed (they count as misses)"
    )
    by_language: dict[str, list[tuple[Truth, Tags]]] = {}
    for known, tags in pairs:
        by_language.setdefault(tags.lang, []).append((known, tags))
    languages = []
    for lang, part in sorted(by_language.items(), key=lambda item: -len(item[1])):
        offers: LabelQuality = judge(part)[1]
        languages.append(
            (lang, len(part), sum(not tags.covered for _, tags in part), _rate(offers.precision), _rate(offers.recall))
        )
    print_table("", ("language", "posts", "not assessed", "offer precision", "offer recall"), languages, numbers=4)


def read_pairs(ledger: Ledger, truth: dict[str, Truth]) -> list[tuple[Truth, Tags]]:
    """The truth and the tags of every post that was tagged."""
    return [(truth[post.native_id], tags) for post, tags in tagged_posts(ledger)]


def _rate(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


if __name__ == "__main__":
    sys.exit(main())
