"""The hostile server does each true thing that it is used for: robots, waits, redirects, lies, feeds with faults."""

import socket
import ssl
import time
import zlib
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import IncompleteRead
from pathlib import Path
from xml.etree import ElementTree

import pytest
from cryptography import x509

from tests.peers.certificates import make_certificate
from tests.peers.hostile import BOMB_BYTES, GARBAGE, LARGE_BYTES, WALL, Hostile, Robots, hostile
from tests.peers.hostile_feeds import feeds
from tests.peers.web import ask, titles


def test_hostile_robots_answers_as_it_is_set(hostile_server: Hostile) -> None:
    url = hostile_server.base_url + "/robots.txt"
    hostile_server.robots_text = "User-agent: *\nDisallow: /\n"
    assert ask(url).text == hostile_server.robots_text
    for robots in (Robots.MISSING, Robots.UNAVAILABLE):
        hostile_server.robots = robots
        assert ask(url).status == robots.value
    hostile_server.robots = Robots.HANG
    with pytest.raises(TimeoutError):
        ask(url, timeout_s=0.3)


@pytest.mark.parametrize("path", ["/hang", "/slow"])
def test_hostile_keeps_a_client_waiting(hostile_server: Hostile, path: str) -> None:
    with socket.create_connection(("127.0.0.1", int(hostile_server.base_url.rsplit(":", 1)[1]))) as client:
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        client.settimeout(1.0)
        got, until = b"", time.monotonic() + 1.0
        while time.monotonic() < until:
            try:
                got += client.recv(4096)
            except TimeoutError:
                break
    body = got.partition(b"\r\n\r\n")[2]
    assert len(body) < 10
    assert bool(body) is (path == "/slow")


def test_hostile_redirects_without_end_and_to_where_nobody_should_go(hostile_server: Hostile) -> None:
    path = "/redirect/endless"
    for _ in range(5):
        answer = ask(hostile_server.base_url + path)
        assert answer.status == 302
        path = answer.headers["Location"]
    assert len(set(hostile_server.paths())) == 5
    targets = {
        name: ask(f"{hostile_server.base_url}/redirect/{name}").headers["Location"] for name in ("other-host", "file")
    }
    assert targets == {"other-host": "http://127.0.0.2/", "file": "file:///etc/passwd"}


def test_hostile_sends_more_than_it_seems(hostile_server: Hostile) -> None:
    bomb = ask(hostile_server.base_url + "/bomb")
    assert len(bomb.body) < 1_000_000
    unpacker, size = zlib.decompressobj(wbits=31), 0
    rest = bomb.body
    while rest:
        size += len(unpacker.decompress(rest, 1024 * 1024))
        rest = unpacker.unconsumed_tail
    assert size == BOMB_BYTES
    assert len(ask(hostile_server.base_url + "/large").body) == LARGE_BYTES
    unannounced = ask(hostile_server.base_url + "/large/unannounced")
    assert len(unannounced.body) == LARGE_BYTES
    assert "Content-Length" not in unannounced.headers


def test_hostile_lies_about_the_length(hostile_server: Hostile) -> None:
    with pytest.raises(IncompleteRead):
        ask(hostile_server.base_url + "/length/short")
    assert ask(hostile_server.base_url + "/length/long").body == b"all of it"


def test_hostile_turns_away_as_often_as_it_is_told(hostile_server: Hostile) -> None:
    hostile_server.limited, hostile_server.retry_after_s = 2, 90
    seconds, date, after = (ask(f"{hostile_server.base_url}/limited/{kind}") for kind in ("seconds", "date", "date"))
    assert (seconds.status, seconds.headers["Retry-After"]) == (429, "90")
    until = parsedate_to_datetime(date.headers["Retry-After"]).timestamp() - time.time()
    assert date.status == 429
    assert 85 < until <= 91
    assert after.status == 200


@pytest.mark.parametrize("name", sorted(feeds()))
def test_hostile_serves_its_feeds_as_they_are(hostile_server: Hostile, name: str) -> None:
    content_type, body = feeds()[name]
    answer = ask(f"{hostile_server.base_url}/feeds/{name}")
    assert answer.headers["Content-Type"] == content_type
    assert name == "future" or answer.body == body  # "future" is counted from now


def test_hostile_feeds_have_the_faults_they_are_named_for() -> None:
    bodies = {name: body for name, (_, body) in feeds().items()}
    assert titles(bodies["good"]) == ["Item 1", "Item 2", "Item 3"]
    for name in (
        "cut",
        "broken",
        "empty",
        "nul",
        "wrong-encoding",
        "image-as-feed",
        "laughs",
        "external-entity",
    ):
        with pytest.raises((ElementTree.ParseError, ValueError)):
            titles(bodies[name])
    guids = [item.findtext("guid") for item in ElementTree.fromstring(bodies["duplicate-guids"]).iter("item")]
    assert (len(guids), len(set(guids))) == (3, 2)
    assert titles(bodies["no-items"]) == []


def test_hostile_records_requests_and_serves_what_it_is_given(hostile_server: Hostile) -> None:
    url = hostile_server.serve("/page", "<p>hello</p>", headers={"X-Robots-Tag": "noindex"})
    answer = ask(url + "?q=1", headers={"User-Agent": "tester"})
    assert (answer.text, answer.headers["X-Robots-Tag"]) == ("<p>hello</p>", "noindex")
    (seen,) = hostile_server.requests
    assert (seen.method, seen.path, seen.headers["User-Agent"]) == ("GET", "/page?q=1", "tester")
    assert ask(hostile_server.base_url + "/else").status == 404


def test_hostile_is_so_everywhere_once_it_was_calm_as_often_as_told(hostile_server: Hostile) -> None:
    hostile_server.behind = lambda seen: (
        200,
        {"Content-Type": "application/json"},
        b'{"method": "%s"}' % seen.method.encode(),
    )
    hostile_server.everywhere, hostile_server.calm = "/garbage", 1
    base = hostile_server.base_url
    assert ask(base + "/api", "POST", form={"a": "1"}).json() == {"method": "POST"}
    garbage = ask(base + "/api")
    assert (garbage.body, garbage.headers["Content-Type"]) == (GARBAGE, "application/json")
    hostile_server.everywhere = "/wall"
    assert (ask(base + "/api").status, ask(base + "/api").body) == (200, WALL)
    hostile_server.everywhere = "/broken"
    assert ask(base + "/api").body == b'{"method'
    assert [seen.body for seen in hostile_server.requests] == [b"a=1", b"", b"", b"", b""]
    hostile_server.everywhere, hostile_server.redirect_to = "/redirect/given", "http://127.0.0.9/"
    assert ask(base + "/anything").headers["Location"] == "http://127.0.0.9/"
    assert ask(base + "/robots.txt").text == hostile_server.robots_text
    hostile_server.robots_as = "/redirect/file"
    assert ask(base + "/robots.txt").headers["Location"] == "file:///etc/passwd"


def test_hostile_asks_for_a_cookie_without_end(hostile_server: Hostile) -> None:
    hostile_server.everywhere = "/cookies"
    first, second = (ask(f"{hostile_server.base_url}/page?n=1") for _ in range(2))
    assert (first.status, first.headers["Location"]) == (302, "/page?n=1")
    assert first.headers["Set-Cookie"] != second.headers["Set-Cookie"]
    assert ask(f"{hostile_server.base_url}/page", headers={"Cookie": "wall=1"}).status == 200


def test_hostile_speaks_tls_with_the_certificate_it_is_given(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    with hostile(certificate.context()) as server:
        port = int(server.base_url.rpartition(":")[2])
        for file, message in ((None, "self-signed"), (certificate.file, "")):
            context = ssl.create_default_context(cafile=file)
            with socket.create_connection(("127.0.0.1", port)) as plain:
                if message:
                    with pytest.raises(ssl.SSLCertVerificationError, match=message):
                        context.wrap_socket(plain, server_hostname="127.0.0.1")
                else:
                    context.wrap_socket(plain, server_hostname="127.0.0.1").close()
    wrong = make_certificate(tmp_path / "wrong", address="127.0.0.3", expired=True)
    read = x509.load_pem_x509_certificate(wrong.file.read_bytes())
    assert read.not_valid_after_utc < datetime.now(UTC)
