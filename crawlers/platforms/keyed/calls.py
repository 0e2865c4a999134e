"""Calls of an API with the operator's key, and what they cost.

The key comes from the environment, goes in a header or in the body of a POST, follows no redirect, and is taken out of every
answer before anything reads it (redaction.py). robots.txt of the API's host is recorded, not obeyed (docs/decisions/0013).
A call that costs is sent once: there is no second try in this run.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from scrapy import Request
from scrapy.http.request import NO_CALLBACK

from crawlers.errors import EndRun
from crawlers.outcome import Outcome
from crawlers.platforms.keyed.budgets import Budget
from crawlers.platforms.keyed.redaction import Redactor, read_keys
from crawlers.platforms.shared.answers import read_json
from crawlers.politeness.robots import KEYED, FailClosedRobots
from crawlers.politeness.waiting import TRIES
from crawlers.spiders.base import PollSpider
from ledger import SPENT

if TYPE_CHECKING:
    from scrapy.http import Response


class KeyedCalls(PollSpider):
    """A poll that calls an API with a key."""

    def load(self, cursor: dict[str, Any]) -> None:  # noqa: ARG002
        """Takes over what was spent; see PollSpider."""
        # Of the stored cursor, whatever becomes of the place in it: one that cannot be read brings no money back.
        try:
            self.budget = self.make_budget(self.task.cursor.get(SPENT))
        except (ValueError, TypeError, OverflowError):
            self.tally.remark("spent_unknown")
            self.budget = self.make_budget(None)
        self.redactor = Redactor()
        self.keys: tuple[str, ...] = ()
        # The register's address: a key follows no redirect, be it remembered or new.
        self.api = self.task.source.url.rstrip("/")

    def make_budget(self, stored: Any) -> Budget | None:  # noqa: ARG002
        """The budget with what the cursor knows as spent; None where calls cost nothing."""
        return None

    def take_keys(self) -> None:
        """Reads the keys. Raises EndRun."""
        self.keys = read_keys(self.task.source.credentials)
        self.redactor.add(*self.keys)

    async def ask(
        self,
        url: str,
        params: Mapping[str, str],
        *,
        headers: Mapping[str, str],
        form: Mapping[str, str] | None = None,
        once: bool = False,
    ) -> Response:
        """One call; the key stands in ``headers`` or ``form`` (sent by POST). ``once``: not repeated after a fault.

        The answer is without keys. Raises Refused, Unreachable or EndRun.
        """
        request = Request(
            f"{url}?{urlencode(params)}" if params else url,
            method="GET" if form is None else "POST",
            headers={**headers, **({} if form is None else {"Content-Type": "application/x-www-form-urlencoded"})},
            body=b"" if form is None else urlencode(form).encode(),
            callback=NO_CALLBACK,
            dont_filter=True,
            meta={KEYED: True, "dont_redirect": True, **({"tries": TRIES} if once else {})},
        )
        response = self.redactor.response(await self.send(request))
        self.heed_robots_tag(response, "the API")
        return response

    def json_of(self, response: Response) -> dict[str, Any]:
        """The object in an answer. Raises EndRun."""
        found = read_json(response)
        if found is None:
            raise EndRun(Outcome.FAILED, f"{response.url[:200]} is not JSON")
        if not isinstance(found, dict):
            raise EndRun(Outcome.FAILED, f"{response.url[:200]} is not an object: not the API as we know it")
        return found

    def conclude(self) -> None:
        """Writes down what was spent and what robots.txt says; no key stays in the message."""
        if self.budget is not None:
            self.cursor[SPENT] = self.budget.dump()
            self.say(self.budget.words())
            for name, number in self.budget.counts().items():
                self.tally.remark(name, number)
        robots = self.crawler.get_downloader_middleware(FailClosedRobots)
        for _ in robots.overruled if robots is not None else ():
            self.tally.remark("robots_recorded")
        self.message = self.redactor.text(self.message)

    @property
    def cursor_after_fault(self) -> dict[str, Any] | None:
        """The old cursor with what this run spent: money that is gone does not come back with the old cursor."""
        return None if self.budget is None else {**self.task.cursor, SPENT: self.budget.dump()}
