"""Each peer is started and does one true thing, so that a test that uses it can rely on it.

The hostile one: test_hostile_server.py.
"""

import smtplib
from email.message import EmailMessage

import psycopg
import pytest
from elasticsearch import Elasticsearch

from tests.peers.elasticsearch import skip_without
from tests.peers.mastodon import Mastodon
from tests.peers.postgres import Postgres
from tests.peers.smtp import Mailbox, Reply
from tests.peers.web import ask, titles
from tests.peers.wordpress import WordPress
from tools.elasticsearch_assembly import MODULES
from tools.elasticsearch_node import Node
from tools.elasticsearch_probe import missing

INDEX = "daymark-peer-test"


def mail(subject: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "digest@example.org", "reader@example.org", subject
    message.set_content("Grüße")
    return message


def test_elasticsearch_finds_what_it_was_given(elasticsearch_url: str) -> None:
    with Elasticsearch(elasticsearch_url) as client:
        client.options(ignore_status=404).indices.delete(index=INDEX)
        client.index(index=INDEX, id="1", document={"body": "boats across the strait"}, refresh=True)
        found = client.search(index=INDEX, query={"match": {"body": "strait"}})
        assert [hit["_id"] for hit in found["hits"]["hits"]] == ["1"]
        client.indices.delete(index=INDEX)


def test_elasticsearch_says_which_modules_it_lacks(elasticsearch_url: str) -> None:
    skip_without(elasticsearch_url, *MODULES)
    assert missing(elasticsearch_url, "reindex", "no-such-module") == ["no-such-module"]


def test_elasticsearch_keeps_what_it_acknowledged_when_killed(elasticsearch_node: Node) -> None:
    with Elasticsearch(elasticsearch_node.address) as client:
        client.index(index=INDEX, id="kept", document={"body": "a"})
        elasticsearch_node.kill()
        elasticsearch_node.start()
        assert client.get(index=INDEX, id="kept")["found"]
        client.indices.delete(index=INDEX)


def test_postgres_gives_every_test_an_empty_database(postgres_server: Postgres) -> None:
    one, other = (
        url.replace("+psycopg", "") for url in (postgres_server.new_database(), postgres_server.new_database())
    )
    with psycopg.connect(one, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 41 + 1 AS answer")
    with psycopg.connect(other) as connection:
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE tablename = 'kept'").fetchone() == (0,)


def test_postgres_keeps_what_was_committed_when_killed(postgres_server: Postgres, postgres_url: str) -> None:
    conninfo = postgres_url.replace("+psycopg", "")
    with psycopg.connect(conninfo) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 41 + 1 AS answer")
    postgres_server.kill()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(conninfo)
    postgres_server.start()
    with psycopg.connect(conninfo) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_mastodon_shows_posts_edits_and_deletions(mastodon_server: Mastodon) -> None:
    timeline = mastodon_server.base_url + "/api/v1/timelines/public"
    first, second = (mastodon_server.post(f"post {n} #border", language="en") for n in (1, 2))
    mastodon_server.edit(first["id"], "post 1, edited")
    assert [status["id"] for status in ask(timeline).json()] == [second["id"], first["id"]]
    newer = ask(f"{timeline}?min_id={first['id']}")
    assert [status["id"] for status in newer.json()] == [second["id"]]
    edited = ask(f"{mastodon_server.base_url}/api/v1/statuses/{first['id']}").json()
    assert "edited" in edited["content"]
    assert edited["edited_at"]
    mastodon_server.delete(first["id"])
    assert ask(f"{mastodon_server.base_url}/api/v1/statuses/{first['id']}").status == 404


def test_mastodon_fails_when_told_and_is_empty_for_every_test(mastodon_server: Mastodon) -> None:
    timeline = mastodon_server.base_url + "/api/v1/timelines/public"
    assert ask(timeline).json() == []
    mastodon_server.fail("/api/v1/timelines/*", {"type": "ratelimit", "headers": {"Retry-After": "7"}}, times=1)
    refused = ask(timeline)
    assert (refused.status, refused.headers["Retry-After"]) == (429, "7")
    assert ask(timeline).status == 200


def test_smtp_keeps_what_it_is_sent(smtp_server: Mailbox) -> None:
    with smtplib.SMTP(smtp_server.host, smtp_server.port, timeout=10) as client:
        client.send_message(mail("Digest"))
    (received,) = smtp_server.messages
    assert (received.sender, received.recipients) == ("digest@example.org", ("reader@example.org",))
    assert received.message["Subject"] == "Digest"
    assert received.message.get_content().strip() == "Grüße"


def test_smtp_puts_off_and_hangs_up_when_told(smtp_server: Mailbox) -> None:
    smtp_server.answer(Reply.LATER, Reply.HANG_UP)
    with smtplib.SMTP(smtp_server.host, smtp_server.port, timeout=10) as client:
        with pytest.raises(smtplib.SMTPDataError) as later:
            client.send_message(mail("put off"))
        assert later.value.smtp_code == 451
        with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
            client.send_message(mail("left hanging"))
    with smtplib.SMTP(smtp_server.host, smtp_server.port, timeout=10) as client:
        client.send_message(mail("taken"))
    assert [one.message["Subject"] for one in smtp_server.messages] == ["taken"]
    assert [one.reply for one in smtp_server.received] == [Reply.LATER, Reply.HANG_UP, Reply.ACCEPT]


def test_wordpress_publishes_edits_and_trashes(wordpress_site: WordPress) -> None:
    feed = wordpress_site.base_url + "/?feed=rss2"
    entry = wordpress_site.publish("Überfahrt", "<p>one</p>", categories=["News"])
    assert titles(ask(feed).body) == ["Überfahrt"]
    wordpress_site.edit(entry, title="Changed")
    assert titles(ask(feed).body) == ["Changed"]
    wordpress_site.comment(entry, "A comment")
    assert "A comment" in ask(wordpress_site.base_url + "/?feed=comments-rss2").text
    assert b"Changed" in ask(entry.url).body
    wordpress_site.trash(entry)
    assert titles(ask(feed).body) == []
    assert ask(entry.url).status == 404


def test_wordpress_answers_304_and_pages_its_feeds(wordpress_site: WordPress) -> None:
    for number in range(11):  # a page of the feed holds ten
        wordpress_site.publish(f"Post {number}", "<p>text</p>")
    feed = wordpress_site.base_url + "/?feed=rss2"
    first = ask(feed)
    assert len(titles(first.body)) == 10
    assert titles(ask(feed + "&paged=2").body) == ["Post 0"]
    assert b"<feed" in ask(wordpress_site.base_url + "/?feed=atom").body
    assert ask(feed, headers={"If-None-Match": first.headers["ETag"]}).status == 304
    assert ask(feed, headers={"If-Modified-Since": first.headers["Last-Modified"]}).status == 304


def test_wordpress_has_robots_and_a_feed_path_with_shaped_links(wordpress_site: WordPress) -> None:
    robots = wordpress_site.base_url + "/robots.txt"
    assert ask(robots).status == 404
    wordpress_site.permalinks("/%postname%/")
    assert "Disallow: /wp-admin/" in ask(robots).text
    assert ask(wordpress_site.base_url + "/feed/").status == 200
