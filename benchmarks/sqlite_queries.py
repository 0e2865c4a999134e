"""Measures the index on synthetic posts: writing, searching, trends, expunging.

Run: .venv/bin/python -m benchmarks.sqlite_queries [--posts 200000] [--folder DIR] [--elasticsearch URL]

The clock is what is held to its bars, so the machine has to be idle otherwise; processor time stands beside it.
"""

from __future__ import annotations

import argparse
import itertools
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from elasticsearch import Elasticsearch

from benchmarks.bars import Bars
from indexer import (
    By,
    ElasticIndex,
    Entry,
    Index,
    Interval,
    MarketQuery,
    Names,
    Order,
    SearchQuery,
    SqliteIndex,
    TrendQuery,
    make_market,
    make_trend,
    parse_query,
)
from ledger import SourceWindows
from records import Document, Label, ModelOrigin, OfferFields

FIRST = datetime(2025, 11, 1, tzinfo=UTC)
DAYS = 365
DAY_BY_LABEL, RARE_WORD = 100.0, 20.0
"""Milliseconds by the clock asked at 200,000 posts on SQLite, coverage and excerpts included: an answer while one looks."""
ALPHABETS = {
    "en": "etaoinshrdlucmfwypvbgk", "tr": "aeinrlıkdmyutsboüşzgçğ", "ar": "اليمونرتبعدسفحكقجش", "fa": "ایرندمهتوسبشکزفگخ",
    "ru": "оеаинтсрвлкмдпуяызбгч", "de": "enisratdhulcgmobwfkzüäö",
}  # fmt: skip


def make_words(rng: random.Random, alphabet: str, number: int = 8000) -> list[str]:
    """Words of two to eleven letters, the earlier ones shorter, as in any language."""
    return ["".join(rng.choices(alphabet, k=rng.randint(2, 5 + min(6, place // 300)))) for place in range(number)]


def make_posts(number: int, seed: int = 1) -> Iterator[Document]:
    """Synthetic documents over a year, six languages, words by Zipf's law.

    Posts of 10 to 50 words, every 20th an article of 800 (some 5,000 characters, what an article page gives); every
    10,000th is an article that holds the word zzyzx once: a page of hits.
    """
    rng = random.Random(seed)
    words = {lang: make_words(rng, alphabet) for lang, alphabet in ALPHABETS.items()}
    weights = list(itertools.accumulate(1 / (rank + 2) for rank in range(8000)))
    for place in range(number):
        lang = rng.choice(list(words))
        text = rng.choices(words[lang], cum_weights=weights, k=800 if place % 20 == 7 else rng.randint(10, 50))
        if place % 10_000 == 7:
            text.insert(rng.randrange(len(text)), "zzyzx")
        yield make_post(rng, place, lang, " ".join(text))


def make_post(rng: random.Random, place: int, lang: str, text: str) -> Document:
    """One synthetic document."""
    published = FIRST + timedelta(seconds=rng.randrange(DAYS * 86400))
    on_topic = rng.random() < 0.6
    labels = tuple(label for label in Label if on_topic and rng.random() < 0.12)
    offer = None
    if Label.SMUGGLING_OFFER in labels:
        offer = OfferFields(
            origin=(rng.choice(("TR", "LY", "TN")),), destination=(rng.choice(("GR", "IT", "DE")),), modes=("sea",),
            service="transport", price_eur=float(rng.randint(20, 90) * 100), price_unit="person", currency="EUR",
            contact=(f"{rng.randrange(4000):016x}",),
        )  # fmt: skip
    return Document(
        post_id=f"{place:08x}{rng.getrandbits(96):024x}", month=f"{published:%Y.%m}", doc_version=3, revision=1,
        platform=rng.choice(("web", "fediverse", "telegram")), source=f"source-{rng.randrange(60):02d}",
        url="https://example.org/a", author=f"{rng.randrange(50_000):016x}", published_at=published,
        published_estimated=rng.random() < 0.02, collected_at=published, lang=lang, title="", text=text, media_text="",
        on_topic=on_topic, covered=rng.random() < 0.95, labels=labels,
        scores={str(label): 0.5 for label in Label} | {"on_topic": 0.9},
        thresholds={str(label): 0.5 for label in Label} | {"on_topic": 0.5}, kind="offer" if offer else "opinion",
        family=f"{rng.randrange(150_000):016x}", model=ModelOrigin(name="m", version=rng.choice(("1.0", "1.1"))), offer=offer,
    )  # fmt: skip


def make_windows(sources: int = 60, gaps: int = 2000) -> dict[str, SourceWindows]:
    """Polls of a year with 2,000 gaps a source, as after a year of failures now and then: coverage at its dearest."""
    step = timedelta(days=DAYS) / gaps
    windows = tuple((FIRST + step * place, FIRST + step * (place + 0.99)) for place in range(gaps))
    return {f"source-{number:02d}": SourceWindows(windows, FIRST) for number in range(sources)}


def measure(
    name: str, action: Callable[[], object], rounds: int = 7, asked: float | None = None, bars: Bars | None = None
) -> None:
    """Prints the median time of an action by the clock, and of processor time, which other processes do not lengthen.

    The first round, which fills the cache, stands beside them; where a time by the clock is ``asked`` (ms), its bar too.
    """
    times, busy = [], []
    for _ in range(rounds):
        begin, cpu = time.perf_counter(), time.process_time()
        action()
        times.append((time.perf_counter() - begin) * 1000)
        busy.append((time.process_time() - cpu) * 1000)
    median = statistics.median(times[1:])
    processor = statistics.median(busy[1:])
    told = f"  {bars.most(name, median, asked)} ms by the clock" if asked and bars else ""
    print(f"{name:62} median {median:8.1f} ms  processor {processor:8.1f} ms  first {times[0]:8.1f} ms{told}")


def fill(index: Index, posts: int) -> list[Entry]:
    """Writes the posts; returns the entries of the first 2,000."""
    begin = time.perf_counter()
    documents = list(make_posts(posts))
    print(f"making {posts} posts took {time.perf_counter() - begin:.1f} s (not counted)")
    begin, cpu = time.perf_counter(), time.process_time()
    settled = sum(ack.settled for ack in index.write(documents))
    index.refresh()
    took = time.perf_counter() - begin
    busy = time.process_time() - cpu
    print(f"written {settled} posts in {took:.1f} s, {settled / took:.0f} a second; processor {busy:.1f} s")
    return [Entry(document.post_id, document.month, 4) for document in documents[:2000]]


def queries(index: Index, bars: Bars | None = None) -> None:
    """All the queries, one line each; with bars, those that something was asked of are held to it."""
    zone = ZoneInfo("Europe/Athens")
    end = FIRST + timedelta(days=DAYS)
    windows = make_windows()
    for text in ("zzyzx", "et", "et*", '"et ta"', "lang:ar", "lang:ar label:smuggling_offer"):
        for order in Order:
            query = SearchQuery(parse_query(text), order=order)
            name = f"search {text} by {order.value}, {index.search(query).total} matches"
            measure(name, partial(index.search, query), asked=RARE_WORD if text == "zzyzx" else None, bars=bars)

    def trend(name: str, question: TrendQuery, asked: float | None = None) -> None:
        measure(f"trend {name}", partial(make_trend, index, question, windows, end), asked=asked, bars=bars)

    for interval in Interval:
        for by, label in ((By.LABEL, None), (By.LANG, None), (By.SOURCE, Label.SMUGGLING_OFFER)):
            asked = DAY_BY_LABEL if (interval, by) == (Interval.DAY, By.LABEL) else None
            trend(f"{interval.value} x {by.value} {label or ''}", TrendQuery(by, interval, zone, label=label), asked)
    trend("day x label, 90 days", TrendQuery(zone=zone, start=end - timedelta(days=90)), DAY_BY_LABEL)
    for text in ("et*", "zzyzx", "lang:ar"):
        trend(f"day x label under {text}", TrendQuery(zone=zone, query=parse_query(text)))
    measure("market of all routes", partial(make_market, index, MarketQuery()), 3)
    measure("count", index.count)
    measure("scan of all ids", lambda: sum(1 for _ in index.scan_ids()), 3)


def run(index: Index, posts: int, size: Callable[[], str], bars: Bars | None = None) -> None:
    """Fills the index, asks it, erases and expunges."""
    doomed = fill(index, posts)
    print(f"size on disk {size()}")
    queries(index, bars)
    begin = time.perf_counter()
    erased = sum(ack.settled for ack in index.erase(doomed))
    print(f"erased {erased} posts in {time.perf_counter() - begin:.2f} s")
    begin = time.perf_counter()
    index.expunge()
    print(f"expunged in {time.perf_counter() - begin:.1f} s, size on disk {size()}")


def clear(address: str, names: Names) -> None:
    """Leaves nothing on the server: a drop keeps template and notes, which are not wanted for a scratch index."""
    index = ElasticIndex(address, names=names)
    index.drop()
    index.close()
    with Elasticsearch(address) as client:
        client.options(ignore_status=404).indices.delete_index_template(name=names.template)
        client.options(ignore_status=404).cluster.delete_component_template(name=f"{names.prefix}-note-*")


def main() -> None:
    """Measures a SQLite file, or a scratch index on the Elasticsearch at an address, of which nothing is asked.

    Raises SystemExit with status 1 where a bar is missed.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=200_000)
    parser.add_argument("--folder", type=Path, default=None)
    parser.add_argument("--elasticsearch", default=None, help="measure the server at this address instead")
    args = parser.parse_args()
    if args.elasticsearch:
        names = Names("benchmark")
        try:
            run(ElasticIndex(args.elasticsearch, names=names), args.posts, lambda: "not asked")
        finally:
            clear(args.elasticsearch, names)
        return
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        path, bars = Path(folder) / "index.sqlite", Bars()
        run(SqliteIndex(path), args.posts, lambda: f"{path.stat().st_size / 1e6:.0f} MB", bars)
    bars.end()


if __name__ == "__main__":
    main()
