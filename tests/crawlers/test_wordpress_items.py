"""What a post or a comment of WordPress's interface holds, and when it is known to be deleted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.platforms.wordpress.items import is_api_lookup, make_post, read_item, why_skipped
from crawlers.tally import Tally
from crawlers.task import RecheckOf
from records import AuthorKind, Landing, make_post_id
from tests.crawlers.conftest import make_source
from tests.crawlers.stand_in import NOW, Answer, read
from tests.crawlers.wordpress_given import HOUR, SOURCE
from tests.crawlers.wordpress_site import API, SITE, FakeWordPress, make_comment, make_item, written


def test_comments_are_posts_of_persons() -> None:
    site = FakeWordPress([make_item(1, NOW - HOUR)], [make_comment(n, NOW - HOUR / n) for n in (1, 2)])
    site.comments.append(make_comment(3, NOW - HOUR, type="pingback"))
    reading = SOURCE.model_copy(update={"comments": True})
    run = read(reading, site.answers)
    found = {post.native_id: post for post in run.posts}
    comment = next(post for name, post in found.items() if name.endswith("#comment-2"))
    assert (comment.author_kind, comment.author, comment.title, comment.text) == (
        AuthorKind.PERSON, "Invented Reader", "", "Comment 2.",
    )  # fmt: skip
    assert dict(run.tally.not_landed) == {"pingback": 1}
    assert run.adds_up()
    linked = '<p>Ask <a href="https://t.me/sample_contact">here</a></p>'
    site.comments.append(make_comment(4, NOW + HOUR, content={"rendered": linked}))
    again = read(reading, site.answers, before=run, started=NOW + 2 * HOUR)
    (late,) = (post for post in again.posts if post.native_id.endswith("#comment-4"))
    assert (late.text, late.media_text) == ("Ask here", "https://t.me/sample_contact")
    closed = read(reading, {**site.answers, f"{API}wp/v2/comments": Answer(status=401)})
    assert (closed.outcome, closed.tally.counts["comments_closed"]) == ("ok", 1)


@pytest.mark.parametrize(
    ("answer", "page", "outcome"),
    [
        (Answer(json.dumps(make_item(1, NOW, text="Edited."))), None, "present"),
        (Answer('{"code": "rest_post_invalid_id"}', 404), None, "deleted"),
        (Answer('{"code": "rest_no_route"}', 404), None, "unknown"),
        (Answer("gone", 410), None, "deleted"),
        (Answer('{"code": "rest_forbidden"}', 401), Answer(status=404), "deleted"),
        (Answer('{"code": "rest_forbidden"}', 401), Answer("still there"), "unknown"),
        (Answer(status=403), Answer(status=403), "unknown"),
        (Answer(status=503), None, "unknown"),
        (Answer(json.dumps(make_item(1, NOW, content={"rendered": "", "protected": True}))), None, "deleted"),
        (Answer("[]"), None, "unknown"),
    ],
)
def test_only_what_is_certain_is_a_deletion(answer: Answer, page: Answer | None, outcome: str) -> None:
    first = read(SOURCE, FakeWordPress([make_item(1, NOW - HOUR)]).answers)
    landing = next(item for item in first.items if isinstance(item, Landing))
    assert landing.lookup is not None
    api, _, link = landing.lookup.partition(" ")
    assert (is_api_lookup(landing.lookup), is_api_lookup(link)) == (True, False)
    answers: dict[str, Any] = {**FakeWordPress().answers, api: answer, **({link: page} if page else {})}
    wanted = (RecheckOf(post_id=landing.post.post_id, lookup=landing.lookup),)
    run = read(SOURCE, answers, before=first, rechecks=wanted, started=NOW + HOUR)
    assert run.rechecked == {landing.post.post_id: outcome}
    assert [post.text for post in run.posts] == (["Edited."] if outcome == "present" else [])
    assert run.adds_up()


def test_the_post_is_the_one_that_the_feed_shows() -> None:
    item = read_item(make_item(5, NOW), comment=False)
    assert item is not None
    post = make_post(item, f"{SITE}/5", make_source(SITE), NOW, Tally())
    assert post.post_id == make_post_id("web", f"{SITE}/5")


SCRAP = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just(written(NOW)),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["rendered", "protected", "name", "x"]), inner)
    ),
    max_leaves=6,
)
FIELDS = (
    "id",
    "link",
    "date_gmt",
    "modified_gmt",
    "status",
    "title",
    "content",
    "type",
    "author_name",
    "_embedded",
    "excerpt",
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), SCRAP), st.booleans())
def test_no_item_breaks_the_reader(changes: dict[str, Any], comment: bool) -> None:
    whole = make_comment(1, NOW) if comment else make_item(1, NOW)
    item = read_item({**whole, **changes}, comment=comment)
    if item is not None and why_skipped(item) is None:
        make_post(item, "https://site.example/1", make_source(SITE), NOW, Tally())
