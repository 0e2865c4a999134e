"""The sources of one turn that wait for a place.

1. order    those that wait longest come first, the register's order decides nothing: where more are due than there are
            places, each gets its turn
2. the new  nobody knows since when one waits that was never read: every second place is theirs, so that neither a long
            register nor many new entries keep the others waiting for ever
3. servers  one that may not be asked yet keeps nobody but its own sources waiting
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import chain, zip_longest

from config import Source
from crawlers.servers import lease_name
from crawlers.timing import waits_since
from ledger import SourceState


class Queue:
    """``sources`` in the order in which they are to be polled; what is begun is taken out.

    ``new_first``: whether a source that was never read is next, where there is one.
    """

    def __init__(
        self, sources: Iterable[Source], states: Mapping[str, SourceState], *, force: bool, new_first: bool = True
    ) -> None:
        self.sources = in_turn(sources, states, new_first=new_first)
        self.length = len(self.sources)
        self.states = states
        self.force = force
        self.ready: dict[str, datetime] = {}

    def seconds_until_ready(self, now: datetime) -> float | None:
        """Until the first of the servers that are waited for may be asked; None where there is none."""
        waited = {lease_name(source, self.states[source.id]) for source in self.sources}
        moments = [moment for server, moment in self.ready.items() if server in waited]
        # At least a moment: one that is ready can still lack a place.
        return max(0.1, (min(moments) - now).total_seconds()) if moments else None


def in_turn(sources: Iterable[Source], states: Mapping[str, SourceState], *, new_first: bool) -> list[Source]:
    """See the module's docstring."""
    new, waiting = [], []
    for source in sources:
        since = waits_since(states[source.id])
        if since is None:
            new.append(source)
        else:
            waiting.append((since, source))
    longest = [source for _, source in sorted(waiting, key=lambda pair: pair[0])]
    pairs = zip_longest(*((new, longest) if new_first else (longest, new)))
    return [source for source in chain.from_iterable(pairs) if source is not None]
