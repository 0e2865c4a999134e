"""Browser captures: NDJSON of the Zeeschuimer extension, and the same as 4CAT keeps it.

Zeeschuimer writes an object a line with when and where it was captured, and the platform's own item under `data`. 4CAT
lays the item bare and keeps the rest under `__import_meta`. An item says by its fields what it is.
"""

from __future__ import annotations

from crawlers.importers.formats import instagram, tiktok, x
from crawlers.importers.formats.format import Format, Item


def open_capture(item: Item) -> Item:
    """The platform's own item. A `media_text` beside it, the words read in its pictures, is kept."""
    inner = item.get("data")
    if not isinstance(inner, dict) or "source_platform" not in item:
        return item
    return {**inner, "media_text": item["media_text"]} if "media_text" in item else inner


ZEESCHUIMER = Format(
    name="zeeschuimer",
    title="NDJSON of Zeeschuimer or 4CAT",
    shapes=(*tiktok.CAPTURED, *instagram.CAPTURED, *x.CAPTURED),
    open=open_capture,
)
