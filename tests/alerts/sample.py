"""Prints a sample digest with invented posts into a folder: `python -m tests.alerts.sample FOLDER`, to look at it."""

from __future__ import annotations

import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from alerts import Window, make_digest, show
from config import Settings, load_key, make_key
from indexer import open_index
from ledger import OutboxWindow, make_worker, open_ledger
from records import Contact, Kind, Label, Price, PriceUnit
from tests.alerts.conftest import END, NOW, PHONE, START, World, make_offer, signature, subscribe

LONG = "Donaudampfschifffahrtsgesellschaftskapitän" * 6


def fill(world: World) -> None:
    """Invented posts of every sort."""
    copy = signature("sea")
    for hour, platform in ((3, "telegram"), (4, "telegram"), (9, "fediverse")):
        world.add(
            f"🚤🇬🇷 Bodrum – Kos tonight, safe boat, life jackets, pay after arrival. WhatsApp {PHONE} 🔥🔥",
            START + timedelta(hours=hour),
            {"platform": platform, "source": f"{platform}-boats"},
            signature=copy,
            score=0.97,
            offer=make_offer(
                destination=["GR"],
                modes=["sea"],
                prices=[Price(amount=1500, currency="USD", unit=PriceUnit.PERSON)],
                contacts=[Contact(type="phone", region="TR", hash=f"{hour:x}f9ac2d41b0e77aa"[:16])],
            ),
        )
    world.add(
        "سفر آمن من تركيا إلى ألمانيا، الدفع عند الوصول، للتواصل واتساب " + PHONE + " ضمان كامل إن شاء الله",
        START + timedelta(hours=12),
        {"source": "rihla-channel"},
        lang="ar",
        score=0.93,
        offer=make_offer(transit=["BG", "RS"], payment=["on_arrival", "hawala"]),
    )
    world.add(f"Taxi nach Wien {LONG} {PHONE}", START + timedelta(hours=15), lang="de", score=0.71)
    world.add(
        f"Passport and visa, all countries, call {PHONE}",
        START - timedelta(hours=5),
        score=0.66,
        sub_labels=["documents_visas", "possible_scam"],
        offer=make_offer(origin=[], destination=[], modes=["document"], prices=[]),
    )
    for number in range(40):
        day = START + timedelta(hours=number % 24) - timedelta(days=number % 2)
        label = [Label.RISK_NARRATIVE] if number % 5 == 0 else []
        world.add(f"An opinion, number {number}", day, labels=label, kind=Kind.OPINION, offer=None, score=0.05)
    for source in ("channel", "telegram-boats", "rihla-channel"):
        world.cover(source, START - timedelta(days=1), END - timedelta(minutes=5))
    world.cover("fediverse-boats", START - timedelta(days=1), START + timedelta(hours=9))


def main() -> None:
    """Writes digest.html and digest.txt."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        settings = Settings(data=Path(name) / "data", key_dir=Path(name) / "key")
        make_key(settings.key_dir)
        with open_ledger(settings.ledger, load_key(settings.key_dir)) as ledger, make_worker(ledger) as worker:
            world = World(settings, ledger, worker, open_index(settings))
            fill(world)
            subscription = subscribe(labels=["smuggling_offer", "risk_narrative"])
            noted = Window(START, END)
            earlier = [OutboxWindow("east", "smtp", START - timedelta(days=1), START)]
            digest, _ = make_digest(ledger, world.index, subscription, noted, earlier, NOW)
            shown = show(ledger, digest)
    (folder / "digest.html").write_text(shown.html, "utf-8")
    (folder / "digest.txt").write_text(shown.text, "utf-8")


if __name__ == "__main__":
    main()
