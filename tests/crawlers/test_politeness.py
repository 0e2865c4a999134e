"""Every gap of Scrapy's defaults that we close, against real servers.

Each test fails with Scrapy's own middlewares in place of ours.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scrapy.settings import Settings as ScrapySettings

from crawlers.politeness.addon import PolitenessAddon
from ledger import Ledger, read_source
from tests.crawlers.conftest import Poll, PollAll, make_source, posts
from tests.crawlers.site import Reply, Site, article, item, rss, serve
from tests.peers.certificates import make_certificate
from tests.peers.hostile import WALL, Robots, hostile


def test_robots_txt_fails_closed(poll_all: PollAll) -> None:
    with ExitStack() as stack:
        unavailable, hanging, forbidding, missing, large, walled = (stack.enter_context(hostile()) for _ in range(6))
        unavailable.robots, hanging.robots, missing.robots = Robots.UNAVAILABLE, Robots.HANG, Robots.MISSING
        forbidding.robots_text = "User-agent: *\nDisallow: /\n\nUser-agent: Daymark\nDisallow: /feeds/\n"
        large.robots_text = "#" * 300_000
        walled.robots_text = WALL.decode()
        found = poll_all(
            make_source(unavailable.base_url + "/feeds/good", id="unavailable"),
            make_source(hanging.base_url + "/feeds/good", id="hanging", limits={"seconds": 2}),
            make_source(forbidding.base_url + "/feeds/good", id="forbidding"),
            make_source(missing.base_url + "/feeds/good", id="missing", articles=False),
            make_source(large.base_url + "/feeds/good", id="large", limits={"body_bytes": 100_000}),
            make_source(walled.base_url + "/feeds/good", id="walled"),
        )
        assert found["unavailable"].outcome == "robots_denied"
        assert "answers HTTP 503" in found["unavailable"].message
        assert set(unavailable.paths()) == {"/robots.txt"}
        assert found["hanging"].outcome == "timeout"
        assert set(hanging.paths()) == {"/robots.txt"}
        assert found["forbidding"].outcome == "robots_denied"
        assert "forbids" in found["forbidding"].message
        assert forbidding.paths() == ["/robots.txt"]
        assert found["missing"].outcome == "ok"
        assert found["large"].outcome == "robots_denied"
        assert found["walled"].outcome == "robots_denied"
        assert "bot wall" in found["walled"].message
        assert walled.paths() == ["/robots.txt"]


def test_robots_txt_holds_for_articles_and_for_every_redirect(poll: Poll, ledger: Ledger) -> None:
    with hostile() as forbidding, serve() as site:
        forbidding.robots_text = "User-agent: *\nDisallow: /\n"
        site.serve("/robots.txt", "User-agent: *\nDisallow: /2\n")
        site.serve("/1", article(), Content_Type="text/html")
        site.serve("/2", article(), Content_Type="text/html")
        site.serve("/3", "", 302, Location="/2")
        entries = [item(number, text=None, base=site.base_url) for number in (1, 2, 3)]
        summary = poll(make_source(site.serve("/feed", rss(*entries))))
        assert summary.counts["article_robots_denied"] == 2
        assert site.paths() == ["/feed", "/1", "/3"]
        stored = posts(ledger)
        assert stored[f"{site.base_url}/2"]["text"] == "A summary.", "the feed shows it, so it may be had"
        assert "coast guard" in stored[f"{site.base_url}/1"]["text"]


def test_crawl_delay_is_kept_and_one_that_is_too_long_is_respected_by_not_reading(poll_all: PollAll) -> None:
    with hostile() as patient, hostile() as closed:
        patient.robots_text = "User-agent: *\nCrawl-delay: 1\n"
        closed.robots_text = "User-agent: *\nCrawl-delay: 500\n"
        urls = [patient.serve(f"/{number}", article()) for number in (1, 2)]
        entries = [item(number, text=None, base=patient.base_url) for number in (1, 2)]
        patient.serve("/feed", rss(*entries), "application/rss+xml")
        found = poll_all(
            make_source(patient.base_url + "/feed", id="patient"),
            make_source(closed.base_url + "/feeds/good", id="closed"),
        )
        assert len(urls) == 2
        times = [seen.at for seen in patient.requests]
        assert len(times) == 4
        assert min(later - earlier for earlier, later in itertools.pairwise(times)) >= 0.95
        assert found["patient"].outcome == "ok"
        assert found["closed"].outcome == "robots_denied"
        assert "asks for 500 s between requests" in found["closed"].message
        assert closed.paths() == ["/robots.txt"]


def test_retry_after_is_waited_for_when_short(poll_all: PollAll) -> None:
    with serve() as seconds, serve() as date:
        said = {"seconds": _limited_once(seconds, lambda: "1"), "date": _limited_once(date, lambda: _http_date(2))}
        found = poll_all(
            make_source(seconds.base_url + "/feed", id="seconds"), make_source(date.base_url + "/feed", id="date")
        )
        assert [summary.outcome for summary in found.values()] == ["ok", "ok"]
        for first, second in said.values():
            assert second - first >= timedelta(seconds=0.9)


def test_a_long_retry_after_closes_the_run_and_is_kept(poll_all: PollAll, poll: Poll, ledger: Ledger) -> None:
    with hostile() as banning, serve() as limited:
        banning.retry_after_s = 3600
        reset = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
        limited.serve(
            "/feed", rss(item(1, text=None, base=limited.base_url)), X_RateLimit_Remaining="0", X_RateLimit_Reset=reset
        )
        found = poll_all(
            make_source(banning.base_url + "/limited/seconds", id="banning"),
            make_source(limited.base_url + "/feed", id="limited"),
        )
        for name, hours in (("banning", 1), ("limited", 2)):
            assert found[name].outcome == "rate_limited", found[name]
            kept = read_source(ledger, name).not_before
            assert kept is not None
            assert abs(kept - datetime.now(UTC) - timedelta(hours=hours)) < timedelta(minutes=1)
            due = found[name].next_due
            assert due is not None
            assert due >= kept
        assert banning.paths() == ["/robots.txt", "/limited/seconds"]
        assert limited.paths() == ["/feed"], "the article would have been the request too many"
        again = poll(make_source(banning.base_url + "/limited/seconds", id="banning"))
        assert not again.ran
        assert "asked to be left alone" in again.message


def test_a_run_that_is_too_short_for_a_pause_says_what_the_server_said(site: Site, poll: Poll, ledger: Ledger) -> None:
    summary = poll(make_source(site.serve("/feed", "", 503), limits={"seconds": 3}))
    assert (summary.outcome, summary.message) == ("failed", "HTTP 503")
    assert read_source(ledger, "test").not_before is None, "the server asked for no wait"
    assert site.paths() == ["/feed", "/feed"], "after a pause of one second, but not after one of three"


def test_bodies_and_runs_are_capped(poll_all: PollAll) -> None:
    with hostile() as server, serve() as site:
        site.serve("/feed", rss(*(item(number, text="x" * 40_000) for number in range(10))))
        entries = [item(number, text=None, base=site.base_url) for number in range(20)]
        site.serve("/many", rss(*entries))
        caps = {"body_bytes": 1_000_000}
        found = poll_all(
            make_source(server.base_url + "/large", id="announced", limits=caps),
            make_source(server.base_url + "/large/unannounced", id="unannounced", limits=caps),
            make_source(server.base_url + "/bomb", id="bomb", limits=caps),
            make_source(server.base_url + "/slow", id="slow", limits={"seconds": 3}),
            make_source(site.base_url + "/feed", id="bytes", limits={"bytes": 100_000}),
            make_source(site.base_url + "/many", id="requests", limits={"requests": 4}),
        )
        for name in ("announced", "unannounced", "bomb"):
            assert found[name].outcome == "failed", found[name]
            assert "limits.body_bytes" in found[name].message
        assert found["slow"].outcome == "timeout"
        assert found["bytes"].message == "stopped at limits.bytes = 100000"
        assert found["requests"].counts["requests"] == 4
        assert len(site.asked) <= 1 + 1 + 4


def test_private_addresses_are_refused_at_the_connection(poll_all: PollAll) -> None:
    with hostile() as own, hostile() as neighbour, serve() as site:
        port = neighbour.base_url.rpartition(":")[2]
        for path, target in {
            "/port": neighbour.base_url + "/feeds/good",
            "/number": f"http://2130706433:{port}/feeds/good",
            "/mapped": f"http://[::ffff:127.0.0.1]:{port}/feeds/good",
            "/name": f"http://localhost:{port}/feeds/good",
        }.items():
            site.serve(path, "", 302, Location=target)
        site.serve("/entries", rss(item(1, text=None, base=neighbour.base_url)))
        found = poll_all(
            make_source(own.base_url + "/feeds/good", id="plain", allow_private=False),
            *(make_source(site.base_url + f"/{name}", id=name) for name in ("port", "number", "mapped", "name")),
            make_source(site.base_url + "/entries", id="entries"),
        )
        for name in ("plain", "port", "number", "mapped", "name"):
            assert found[name].outcome == "private_address", found[name]
        assert "allow_private" in found["plain"].message
        assert found["entries"].counts["article_private_address"] == 1
        assert own.paths() == neighbour.paths() == [], "not even robots.txt"


def test_redirects_to_other_schemes_and_without_end_are_refused(poll_all: PollAll) -> None:
    with hostile() as server:
        found = poll_all(
            make_source(server.base_url + "/redirect/file", id="file"),
            make_source(server.base_url + "/redirect/endless", id="endless"),
        )
        assert found["file"].outcome == "blocked"
        assert "file:///etc/passwd" in found["file"].message
        assert found["endless"].outcome == "failed"
        assert "more than 5 redirects" in found["endless"].message
        assert len([path for path in server.paths() if "endless" in path]) == 6


def test_certificates_are_verified(poll_all: PollAll, tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    with serve(certificate.context()) as site:
        site.serve("/feed", rss(item(1)))
        found = poll_all(
            make_source(site.base_url + "/feed", id="unknown", limits={"seconds": 4}),
            make_source(site.base_url + "/feed", id="own", ca_file=certificate.file),
        )
        assert found["own"].outcome == "ok", found["own"]
        assert found["unknown"].outcome != "ok"
        assert len(site.paths()) == 1


def test_we_say_who_we_are_and_keep_no_cookies(site: Site, poll: Poll) -> None:
    site.serve("/1", article(), Content_Type="text/html")
    feed = rss(item(1, text=None, base=site.base_url))
    poll(make_source(site.serve("/feed", feed, Set_Cookie="track=1; Path=/")))
    assert [path for path, _ in site.asked] == ["/robots.txt", "/feed", "/1"]
    for _, headers in site.asked:
        assert re.fullmatch(r"Daymark/\S+ \(\+mailto:post@example\.org\)", headers["User-Agent"])
        assert "Cookie" not in headers
        assert "Referer" not in headers


def test_no_setting_turns_a_promise_off() -> None:
    settings = ScrapySettings({"ROBOTSTXT_OBEY": False, "COOKIES_ENABLED": True, "DOWNLOAD_VERIFY_CERTIFICATES": False})
    settings.set("REMOTE_CONTROL_ENABLED", True, priority="spider")
    PolitenessAddon.update_pre_crawler_settings(settings)
    PolitenessAddon().update_settings(settings)
    for name in ("REMOTE_CONTROL_ENABLED", "TELNETCONSOLE_ENABLED", "HTTPCACHE_ENABLED", "COOKIES_ENABLED"):
        assert settings.getbool(name) is False, name
    assert settings.getbool("DOWNLOAD_VERIFY_CERTIFICATES")
    handlers = settings.getwithbase("DOWNLOAD_HANDLERS")
    assert {scheme for scheme, handler in handlers.items() if handler} == {"http", "https"}
    assert settings["TWISTED_DNS_RESOLVER"].endswith("GuardedResolver")
    assert settings.getfloat("DOWNLOAD_DELAY_JITTER") == 0


def _limited_once(site: Site, retry_after: Callable[[], str]) -> list[datetime]:
    """Serves a feed at /feed after one 429; returns the list of the times it was asked for."""
    times: list[datetime] = []

    def answer(_: object) -> Reply:
        times.append(datetime.now(UTC))
        return (429, {"Retry-After": retry_after()}, b"") if len(times) == 1 else (200, {}, rss(item(1)).encode())

    site.answers["/feed"] = answer
    return times


def _http_date(seconds: int) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%a, %d %b %Y %H:%M:%S GMT")
