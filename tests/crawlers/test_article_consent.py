"""A page that wants to stay out of indexes, where the list's link leads to it by a redirect: /?p=1, a shortener, a counter."""

from __future__ import annotations

from datetime import timedelta

import pytest

from config import Source
from crawlers.landing import MemoryStore
from crawlers.task import RecheckOf
from tests.crawlers.conftest import make_source
from tests.crawlers.outlet import HTML, news, urlset
from tests.crawlers.site import article, item, rss
from tests.crawlers.stand_in import NOW, Answer, Run, Say, read

SITE = "https://herald.example"
LIST = f"{SITE}/list"
LOGIN = (
    "<!doctype html><html><head><title>Log in</title>{}</head><body><p>Please log in to read this.</p></body></html>"
)
WORDS = ["<meta name='robots' content='noindex'>", "<meta name='robots' content='noai'>", "X-Robots-Tag: noai"]


def story(number: int, said: str = "", *, body: str = "") -> Answer:
    """What the link of an article leads to."""
    head, header = ("", said.split(": ")) if said.startswith("X-") else (said, [])
    page = body.format(head) if body else article(f"Item {number}: a crossing", head=head)
    return Answer(page, headers={**HTML, **dict([header] if header else [])}, url=f"{SITE}/story/{number}")


def listed(source: Source, *numbers: int, change: str = "") -> Answer:
    if source.kind == "sitemap":
        dated = [(n, NOW - timedelta(hours=n)) for n in numbers]
        changed = [(n, at, at.isoformat() if change else "") for n, at in dated]
        return Answer(urlset(*(news(f"{SITE}/go/{n}", at, title=f"Item {n}", lastmod=mod) for n, at, mod in changed)))
    return Answer(rss(*(item(n, text=None, base=f"{SITE}/go", summary=f"A summary.{change}") for n in numbers)))


@pytest.fixture(params=["feeds", "sitemap"])
def source(request: pytest.FixtureRequest) -> Source:
    return make_source(LIST, kind=request.param)


@pytest.mark.parametrize("said", WORDS)
@pytest.mark.parametrize("body", ["", LOGIN])
def test_nothing_of_a_new_article_lands_against_the_page_that_its_link_leads_to(
    source: Source, said: str, body: str
) -> None:
    answers: dict[str, Say] = {LIST: listed(source, 1), f"{SITE}/go/1": story(1, said, body=body)}
    store, runs = MemoryStore(), list[Run]()
    for turn in range(8):
        # Its entry changes after it was given up.
        answers[LIST] = listed(source, 1, change=" New." if turn > 3 else "")
        runs.append(read(source, answers, before=runs[-1] if runs else None, store=store))
        assert (runs[-1].items, runs[-1].adds_up()) == ([], True)
    assert runs[0].tally.not_landed == {"noindex": 1}
    assert [f"{SITE}/go/1" in run.asked for run in runs[:5]] == [True, True, True, False, True]
    late = read(source, {**answers, f"{SITE}/go/1": story(1)}, before=runs[0], store=store)
    assert ["coast guard" in post.text for post in late.posts] == [True], "it may have been meant for a moment only"


@pytest.mark.parametrize("said", WORDS)
@pytest.mark.parametrize(("body", "outcome"), [("", "deleted"), (LOGIN, "unknown")])
def test_consent_that_is_withdrawn_behind_a_redirect_removes_the_post_and_a_log_in_there_does_not(
    source: Source, said: str, body: str, outcome: str
) -> None:
    store = MemoryStore()
    answers: dict[str, Say] = {LIST: listed(source, 1, 2), **{f"{SITE}/go/{n}": story(n) for n in (1, 2)}}
    first = read(source, answers, store=store)
    assert len(first.posts) == 2
    post = next(post for post in first.posts if post.native_id.endswith("/1"))
    answers[f"{SITE}/go/1"] = story(1, said, body=body)
    wanted = (RecheckOf(post_id=post.post_id, lookup=f"{SITE}/go/1"),)
    again = read(source, answers, before=first, store=store, rechecks=wanted)
    assert (again.rechecked, again.posts) == ({post.post_id: outcome}, [])
    answers[LIST] = listed(source, 1, 2, change=" New.")
    polled = read(source, answers, before=first, store=store)
    assert polled.removed == ([post.post_id] if outcome == "deleted" else [])
    answers[f"{SITE}/go/2"] = story(2, said)
    doubted = read(source, answers, before=first, store=store)
    assert doubted.removed == [], "it says so of every article"
