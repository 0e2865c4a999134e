"""Bot walls are known by their headers and their markup; what is written about them, or merely stands behind one, is none."""

from __future__ import annotations

import json
from pathlib import Path
from time import process_time
from typing import Any

import pytest
import yaml
from scrapy.http import HtmlResponse, Response, TextResponse

from crawlers import walls
from crawlers.walls import find_wall
from tests.crawlers.site import article, item, rss

CHALLENGE = """<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title>
<meta name="robots" content="noindex,nofollow"></head><body><script>window._cf_chl_opt={cType:'managed'};
a.src='/cdn-cgi/challenge-platform/h/g/orchestrate/chl_page/v1';</script></body></html>"""
ANUBIS = """<!doctype html><html lang="en"><head><title>Making sure you&#39;re not a bot!</title>
<script id="anubis_version" type="application/json">"v1.20.0"</script>
<script id="anubis_challenge" type="application/json">{"rules":{}}</script></head><body><p>Loading...</p></body></html>"""
DATADOME = """<html lang="en"><head><title>news.example</title></head><body><p id="cmsg">Please enable JS and disable any ad
blocker</p><script data-cfasync="false">var dd={'rt':'c','host':'geo.captcha-delivery.com'}</script></body></html>"""
PERIMETERX = """<!DOCTYPE html><html><head><meta name="description" content="px-captcha">
<title>Access to this page has been denied</title></head><body><script>window._pxAppId='PX1';</script></body></html>"""
INCAPSULA = """<html style="height:100%"><head><META NAME="ROBOTS" CONTENT="NOINDEX, NOFOLLOW"><script type="text/javascript"
src="/_Incapsula_Resource?SWJIYLWA=719d34d31c8e3a6e6fffd425f7e032f3"></script></head><body></body></html>"""
INCIDENT = """<html><body><iframe src="/_Incapsula_Resource?CWUDNSAI=23">
Request unsuccessful. Incapsula incident ID: 92-1</iframe></body></html>"""
AWS = """<!DOCTYPE html><html><head><title></title><script>window.awsWafCookieDomainList = [];
window.gokuProps = {"key":"A"};</script><script src="https://a.token.awswaf.com/a/challenge.js"></script></head></html>"""
SITEGROUND = """<html><head><link rel="icon" href="data:;"><meta http-equiv="refresh"
content="0;/.well-known/sgcaptcha/?r=%2Fa%2F1&y=ipc:192.0.2.1:1"></meta></head></html>"""
IMUNIFY = """<!DOCTYPE html><html><head><title>One moment, please...</title></head><body>
<h1>Please wait while your request is being verified...</h1><form id="wsidchk-form"></form></body></html>"""
REJECTED = "<html><head><title>Request Rejected</title></head><body>The requested URL was rejected. Please consult.</body></html>"

AKAMAI = """<HTML><HEAD>
<TITLE>Access Denied</TITLE>
</HEAD><BODY>
<H1>Access Denied</H1>
You don't have permission to access "http&#58;&#47;&#47;news&#46;example&#47;" on this server.<P>
Reference&#32;&#35;18&#46;1
<P>https&#58;&#47;&#47;errors&#46;edgesuite&#46;net&#47;18&#46;1</P>
</BODY>
</HTML>"""
INTERSTITIAL = """<html lang="en"><head><title></title><meta http-equiv="refresh" content="5; URL='/?bm-verify=A'"></head><body>
<div id="sec-if-cpt-container"></div></body></html>"""
SUCURI = """<html><title>You are being redirected...</title><noscript>Javascript is required.</noscript>
<script>var s={},u,c,U,r,i,l=0,a,e=eval,w=String.fromCharCode,sucuri_cloudproxy_js='',S='cz0i';</script></html>"""
ARVAN = """<!DOCTYPE html><html><head><script>const n = {'name': '__arcsjs', 'value': eval("1"), 'second': '__arcsjsc'};
</script></head><body><p>Transferring to the website...</p></body></html>"""
DDOS_GUARD = """<!DOCTYPE html><html><head><title>DDOS-GUARD</title></head><body></body></html>"""
DDOS_GUARD_CAPTCHA = """<html><head><title>Checking</title>
<script defer src="/.well-known/ddos-guard/ddg-captcha-page/index.js"></script></head><body></body></html>"""
RADWARE = "<!DOCTYPE html><html lang='en'><head><title>Radware Captcha Page</title></head><body>Are you a person?</body></html>"
ORDINARY = (
    """<script src="/cdn-cgi/challenge-platform/scripts/jsd/main.js"></script><script src="/_Incapsula_Resource?SWJIYLWA=7">
</script><script>window._pxAppId='PX1'; document.cookie; var t='/TSPD/';</script>"""
    + " " * 2000
)
TABLE = yaml.safe_load(Path(walls.__file__).with_name("walls.yaml").read_text("utf-8"))["walls"]
SUPPORT = """<html><head><script src="/TSPD/a?type=9"></script></head><body><noscript>
Please enable JavaScript to view the page content.<br/>Your support ID is: 1.</noscript></body></html>"""
VERCEL = "<!DOCTYPE html><html lang='en'><head><title>Vercel Security Checkpoint</title></head><body></body></html>"

PAGES = [
    (CHALLENGE, "Cloudflare"),
    (CHALLENGE.replace("Just a moment...", "Un momento…"), "Cloudflare"),
    (ANUBIS, "Anubis"),
    (DATADOME, "DataDome"),
    (PERIMETERX, "PerimeterX"),
    (INCAPSULA, "Imperva Incapsula"),
    (INCIDENT, "Imperva Incapsula"),
    (AWS, "AWS WAF"),
    (SITEGROUND, "SiteGround"),
    (IMUNIFY, "Imunify360"),
    (REJECTED, "F5"),
    (SUPPORT, "F5"),
    (AKAMAI, "Akamai"),
    (INTERSTITIAL, "Akamai"),
    (SUCURI, "Sucuri"),
    (ARVAN, "ArvanCloud"),
    (DDOS_GUARD, "DDoS-Guard"),
    (DDOS_GUARD_CAPTCHA, "DDoS-Guard"),
    (RADWARE, "Radware"),
    (VERCEL, "Vercel"),
]


def page(body: str, **headers: str) -> Response:
    named = {"Content-Type": "text/html", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return HtmlResponse("https://news.example/1", headers=named, body=body.encode(), encoding="utf-8")


@pytest.mark.parametrize(("body", "name"), PAGES)
def test_a_wall_is_known_by_its_page(body: str, name: str) -> None:
    assert find_wall(page(body)) == name
    assert find_wall(page(f"\ufeff\n{body}")) == name


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ({"cf_mitigated": "challenge"}, "Cloudflare"),
        ({"x_amzn_waf_action": "captcha"}, "AWS WAF"),
        ({"SG_Captcha": "challenge"}, "SiteGround"),
        ({"X_Vercel_Mitigated": "challenge"}, "Vercel"),
    ],
)
def test_a_wall_is_known_by_its_header(headers: dict[str, str], name: str) -> None:
    assert find_wall(page("", **headers)) == name


@pytest.mark.parametrize(
    "body",
    [
        article(),
        article("Just a moment... and the boat was gone"),
        article(text="The page says: id=\"anubis_challenge\", _cf_chl_opt, /cdn-cgi/challenge-platform/, sucuri_cloudproxy_js."),
        article(head="<script src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'></script>"),
        article(head="<script src='/_Incapsula_Resource?SWJIYLWA=7'></script>" + " " * 2000),
        "<html><head></head><body><script>window._pxAppId='PX1';</script><p>News</p></body></html>",
        "",
    ],
)  # fmt: skip
def test_what_stands_behind_a_wall_or_speaks_of_one_is_none(body: str) -> None:
    assert find_wall(page(body, X_DataDome="protected", Server="cloudflare")) is None


def test_every_wall_of_the_table_has_a_page_here() -> None:
    assert {name for _, name in PAGES} == {wall["name"] for wall in TABLE}


@pytest.mark.parametrize("wall", TABLE, ids=lambda wall: wall["name"])
@pytest.mark.parametrize("around", ["<p>{}</p>", "<p>{}</p><p>Access Denied</p>" * 200])
def test_what_readers_write_of_a_wall_is_none_in_a_page_that_carries_its_ordinary_scripts(
    wall: Any, around: str
) -> None:
    """A forum: no page of its calls itself an article, and its software may leave quotation marks as they are."""
    lines = [*wall.get("marks", ()), *wall.get("stubs", ()), wall.get("titles", ()), *wall.get("titled", {}).items()]
    said = " ".join(part.replace("<", "&lt;") for line in lines for part in line)
    posts = around.replace("{}", f"Why do I see this? {said} __cf_chl_tk Transferring to the website...")
    data = f'<script type="application/ld+json">{{"text": {json.dumps(said)}}}</script>'
    found = page(
        f"<!doctype html><html><head><title>Board - Access Denied</title>{ORDINARY}{data}</head><body>{posts}</body></html>"
    )
    assert find_wall(found) is None


@pytest.mark.parametrize("body", ["<" * 100_000, "<!doctype html>" + "<a " * 50_000, "<html>" + "<script>" * 20_000])
def test_a_page_of_nothing_but_beginnings_is_looked_at_in_the_time_of_its_length(body: str) -> None:
    begun = process_time()
    assert find_wall(page(body)) is None
    assert process_time() - begun < 5, "the square of its length would take minutes"


@pytest.mark.parametrize("body", [rss(item(1, text=CHALLENGE)), '{"cooked": "<html>_cf_chl_opt"}', "%PDF-1.7"])
def test_what_is_no_page_is_no_wall(body: str) -> None:
    given: Any = {"headers": {"Content-Type": "text/plain"}, "body": body.encode()}
    assert find_wall(TextResponse("https://news.example/feed", **given)) is None
