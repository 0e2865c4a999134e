"""Whether a page of a forum's list can be relied on, and what its operator is to do where it cannot.

A list without topics that does not say that it has none is another layout, and so is one whose topics show nothing that a new
post would change: both would read as a quiet forum for ever.
"""

from __future__ import annotations

from crawlers.errors import EndRun
from crawlers.outcome import Outcome
from crawlers.platforms.forum.page import TopicList

_ADVICE = (
    "give the address of a forum's list of topics; if it is one, write selectors of your own: copy the engine's file to "
    "forums/NAME.yaml in the data folder, change it and set engine: NAME (docs/sources.md)"
)


def judge_list(page: TopicList, engine: str) -> None:
    """Raises EndRun where the list is not for us, or where its topics cannot be found."""
    if page.refusal is not None:
        raise EndRun(Outcome.ROBOTS_DENIED, "the list of topics does not want to be indexed")
    if page.members_only:
        raise EndRun(Outcome.BLOCKED, "the forum shows its topics to members only")
    if not page.known:
        raise EndRun(Outcome.FAILED, f"not a page of the engine {engine}, or one of another version: {_ADVICE}")
    if not page.topics and not page.is_empty:
        raise EndRun(Outcome.FAILED, f"no topics are found by the selectors of {engine}: {_ADVICE}")
    if page.topics and not any(topic.mark.strip() for topic in page.topics):
        raise EndRun(Outcome.FAILED, f"the topics show nothing that a new post changes, by {engine}'s mark: {_ADVICE}")
