"""What the posts of most platforms have in common: a date that can be true, and the words of a fragment of HTML."""

from __future__ import annotations

from datetime import datetime

from crawlers.dates import plausible
from crawlers.tally import Tally
from crawlers.texts import alt_texts, hidden_links, plain_text


def believed(moment: datetime, now: datetime, tally: Tally) -> datetime | None:
    """A date of publication; None for one that cannot be true, which is counted."""
    fault = plausible(moment, now)
    if fault is not None:
        tally.remark(fault.value)
    return None if fault else moment


def words_of(markup: str, host: str) -> tuple[str, str]:
    """Text and media text of HTML on ``host``: in the second what pictures say, and where words lead on other hosts."""
    text = plain_text(markup)
    return text, "\n".join([*alt_texts(markup), *hidden_links(markup, text, host)])
