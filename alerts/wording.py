"""How a digest says things: names of countries, languages, labels; times, prices, shares."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from babel import Locale

from alerts.digest import Change, Digest, EventNote, Lead, RouteGroup, Share
from records import UNKNOWN_LANGUAGE, EventKind

_ENGLISH = Locale("en")
_COUNTRIES = {"EU": "Europe"}
_LABELS = {
    "smuggling_offer": "Smuggling offers",
    "risk_narrative": "Risk narratives",
    "xenophobic_framing": "Xenophobic framing",
    "positive_framing": "Positive framing",
}
_CHANGES = {"offers": "offers posted", "posts": "posts with them", "contacts": "contacts in them"}
_UNITS = {"leg": "leg", "package": "package", "seat": "seat"}


def country(code: str) -> str:
    """English name of an ISO 3166-1 code; the code itself where it has none."""
    return _COUNTRIES.get(code) or _ENGLISH.territories.get(code, code)


def language(code: str) -> str:
    """English name of an ISO 639 code; the code itself where it has none."""
    return "language unknown" if code == UNKNOWN_LANGUAGE else _ENGLISH.languages.get(code, code)


def label(name: str) -> str:
    """A label in words."""
    return _LABELS.get(name, words(name))


def words(name: str) -> str:
    """``on_arrival`` as ``on arrival``."""
    return name.replace("_", " ")


def change(item: Change) -> str:
    """What a number counts."""
    return _CHANGES.get(item.name, words(item.name))


def versus(item: Change) -> str:
    """``+3 (9 before)``."""
    difference = item.now - item.before
    return f"{difference:+d} (before: {item.before})" if difference else f"as before ({item.before})"


def route(group: RouteGroup) -> str:
    """``Türkiye → Germany``."""
    if not group.origin and not group.destination:
        return "Route not stated"
    return f"{_places(group.origin) or 'not stated'} → {_places(group.destination) or 'not stated'}"


def _places(codes: Iterable[str]) -> str:
    return ", ".join(map(country, codes))


def terms(lead: Lead) -> tuple[tuple[str, str], ...]:
    """What an offer promises, as (name, value); only what was read in it."""
    found = (
        ("Price", price(lead)),
        ("Payment", ", ".join(map(words, lead.payment))),
        ("Means", ", ".join(map(words, lead.modes))),
        ("Via", _places(lead.transit)),
        ("Kind", ", ".join(map(words, lead.sub_labels))),
    )
    return tuple((name, value) for name, value in found if value)


def price(lead: Lead) -> str:
    """``5,000 USD per person (about 4,630 EUR)``; empty where none was read."""
    if lead.amount is None:
        return ""
    currency = lead.currency or "(currency not stated)"
    unit = f" per {_UNITS.get(lead.unit, lead.unit)}" if lead.unit else ""
    about = f" (about {lead.price_eur:,.0f} EUR)" if lead.price_eur is not None and lead.currency != "EUR" else ""
    return f"{lead.amount:,.10g} {currency}{unit}{about}"


def copies(lead: Lead) -> str:
    """How widely an offer was posted; empty for a single post."""
    if lead.posts == 1:
        return ""
    sources = f"{lead.sources} sources" if lead.sources > 1 else "1 source"
    platforms = f", {lead.platforms} platforms" if lead.platforms > 1 else ""
    return f"{lead.posts} near-copies in {sources}{platforms}"


def share(item: Share) -> str:
    """``3.1 % (2.0 to 4.6 %), 24 of 774``."""
    if item.share is None or item.low is None or item.high is None:
        return "no assessed posts"
    low, high = f"{100 * item.low:.1f}", f"{100 * item.high:.1f}"
    return f"{100 * item.share:.1f} % ({low} to {high} %), {item.hits:,} of {item.of:,}"


def moment(when: datetime, zone: str) -> str:
    """``Sun 22 Nov 2026, 07:00``, in the subscription's zone."""
    return f"{when.astimezone(ZoneInfo(zone)):%a %d %b %Y, %H:%M}"


def period(digest: Digest) -> str:
    """The window in words, with the zone named once."""
    start, end = digest.span
    return f"{moment(start, digest.zone)} to {moment(end, digest.zone)} ({digest.zone})"


def coverage(digest: Digest) -> str:
    """How completely the sources were read, in this window and in the one before."""
    now, before = digest.coverage, digest.coverage_before
    if now.due == 0:
        return "No source was due to be read in this window, as far as the records show: the numbers say nothing of change."
    text = f"{now.ok} of {now.due} sources were read without a gap in this window, {before.ok} of {before.due} before."
    if now.complete and before.complete:
        return text
    return text + " Where sources are missing, a fall in the numbers may be a gap in collection."


def unassessed(digest: Digest) -> str:
    """What the model did not assess, and what that means; empty where it assessed everything."""
    there, total = digest.unassessed_uncovered, digest.unassessed
    text = ""
    if digest.uncovered:
        names = ", ".join(map(language, digest.uncovered))
        text = f"The model does not assess {names}: nothing that is written there stands in this digest. "
    if not total:
        return text.rstrip()
    text += f"{total:,} post{'' if total == 1 else 's'} read in this window could not be assessed"
    if there:
        text += f", {'all' if there == total else format(there, ',')} because of the language"
    return text + ": that nothing is said of them does not mean that there is nothing in them."


def no_leads(digest: Digest) -> str:
    """What stands in place of leads."""
    where = (
        "among the posts that could be assessed" if digest.unassessed_uncovered or digest.is_blind else "in this window"
    )
    return f"No new offers {where}."


def event(item: EventNote) -> str:
    """What befell a source, in a word or two."""
    return words(item.kind)


def event_span(item: EventNote, zone: str) -> str:
    """``since Sun 22 Nov 2026, 07:00``, or from when until when and what ended it."""
    if item.ended_at is None:
        return f"since {moment(item.since, zone)}"
    return f"from {moment(item.since, zone)}; {item.ending} {moment(item.ended_at, zone)}"


def advice(item: EventNote) -> str:
    """What to do; empty for what is over."""
    return EventKind(item.kind).advice.replace("ID", item.source) if item.ended_at is None else ""


def subject(digest: Digest) -> str:
    """The subject line: title and how much is new; without offers among the labels, how many posts carry them."""
    new = len(digest.leads) + digest.more
    offers = f"{new} new offer{'' if new == 1 else 's'}" if new else "no new offers"
    figures = ", ".join(f"{label(item.label).lower()} {item.now.hits:,}" for item in digest.trends)
    befell = len(digest.events)
    told = [offers if digest.has_leads else figures]
    if digest.tells_events:
        told.append(f"{befell} source event{'' if befell == 1 else 's'}" if befell else "no source events")
    if digest.is_blind:
        told.append(f"{digest.unheard:,} post{'' if digest.unheard == 1 else 's'} not assessed")
    end = digest.end.astimezone(ZoneInfo(digest.zone))
    return f"{digest.title}: {', '.join(part for part in told if part)}, {end:%d %b %Y %H:%M}"
