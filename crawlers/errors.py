"""Why a request was not made or its answer not used. For the crawling process only: imports Scrapy."""

from __future__ import annotations

from datetime import datetime

from scrapy.exceptions import IgnoreRequest

from crawlers.outcome import Outcome
from crawlers.urls import host_of


class Refused(IgnoreRequest):
    """We do not make this request, or do not use its answer. ``outcome`` holds for the poll if it was its main page."""

    is_passing = False
    """Whether it says nothing of the page that was asked for: another run may be let through."""

    def __init__(self, outcome: Outcome, message: str) -> None:
        super().__init__(message)
        self.outcome = outcome
        self.message = message


class Walled(Refused):
    """A bot wall answered in the place of what was asked for at ``url``, and would answer for its neighbours."""

    is_passing = True

    def __init__(self, wall: str, url: str) -> None:
        host = host_of(url)
        super().__init__(Outcome.BLOCKED, f"a bot wall ({wall}) stands before {host}; nothing is tried to get round it")
        self.url = url


class RobotsUnread(Refused):
    """robots.txt cannot be had, which closes its host for this run: unlike one that forbids, it is no word of the site's."""

    is_passing = True

    def __init__(self, message: str) -> None:
        super().__init__(Outcome.ROBOTS_DENIED, message)


class TooLarge(Refused):
    """A body over ``limits.body_bytes``, on the wire or after decompression."""

    def __init__(self, message: str) -> None:
        super().__init__(Outcome.FAILED, message)


class RateLimited(Refused):
    """The server asks to come back at ``not_before``, which is too far off to wait for in this run."""

    is_passing = True

    def __init__(self, host: str, not_before: datetime) -> None:
        super().__init__(Outcome.RATE_LIMITED, f"{host} asks to wait until {not_before:%Y-%m-%d %H:%M:%S} UTC")
        self.host = host
        self.not_before = not_before


class BudgetSpent(Refused):
    """A cap of ``limits`` is reached: requests, bytes, seconds, pages, quota units or US dollars."""

    is_passing = True

    def __init__(self, what: str, cap: float) -> None:
        super().__init__(Outcome.TIMEOUT, f"stopped at limits.{what} = {cap}")
        self.what = what


class PrivateAddress(Refused):
    """The host resolves to addresses that are not public, and is not the one place where that is allowed."""

    def __init__(self, netloc: str) -> None:
        super().__init__(
            Outcome.PRIVATE_ADDRESS,
            f"{netloc} is on a private address; a server of your own needs allow_private: true in sources.yaml",
        )
        self.netloc = netloc


class Unreachable(Exception):
    """The server could not be reached or did not answer in time, after retries."""

    def __init__(self, message: str, *, timed_out: bool = False) -> None:
        super().__init__(message)
        self.outcome = Outcome.TIMEOUT if timed_out else Outcome.FAILED
        self.message = message


class EndRun(Exception):
    """The poll ends here with this outcome; raised by a spider."""

    def __init__(self, outcome: Outcome, message: str, *, retired: bool = False) -> None:
        super().__init__(message)
        self.outcome = outcome
        self.message = message
        self.retired = retired
