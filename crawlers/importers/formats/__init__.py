"""Exports whose fields are known: what each must hold, and how an item of it becomes a post."""

from crawlers.importers.formats.captures import ZEESCHUIMER
from crawlers.importers.formats.crowdtangle import CROWDTANGLE
from crawlers.importers.formats.format import Format
from crawlers.importers.formats.meta import META_FACEBOOK, META_INSTAGRAM
from crawlers.importers.formats.tiktok import TIKTOK_RESEARCH

FORMATS: dict[str, Format] = {
    known.name: known for known in (META_FACEBOOK, META_INSTAGRAM, CROWDTANGLE, TIKTOK_RESEARCH, ZEESCHUIMER)
}
"""By the name that `--format` takes."""

__all__ = ["FORMATS", "Format"]
