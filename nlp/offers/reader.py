"""The offer reader: the working copy of an advert in, its fields out (conventions: docs/codebook.md, Offer fields)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nlp.offers.currencies import LISTS, Currencies
from nlp.offers.gazetteer import Gazetteer
from nlp.offers.modes import read_modes, read_payment, read_service, settle_service
from nlp.offers.places import PlaceFinder
from nlp.offers.prices import read_prices
from nlp.offers.route_draft import with_money
from nlp.offers.routes import read_route
from nlp.offers.text import plain
from records import Contact, Offer, Redaction

MAX_READ = 20_000
"""Characters read of a post: no advert is longer, and a text made to waste time stays under a second."""


class OfferReader:
    """Reads offers. Load once per process: about a second of CPU, then under a millisecond a post (benchmarks/offers.py)."""

    def __init__(self, folder: Path = LISTS) -> None:
        """Loads the word lists of ``folder``. Raises config.ConfigError for a missing or wrong list."""
        self._currencies = Currencies.load(folder)
        self._places = PlaceFinder(Gazetteer.load(folder))

    def read(
        self, working_copy_text: str, lang: str, sub_labels: tuple[str, ...], redactions: Sequence[Redaction]
    ) -> Offer:
        """The offer in a working copy; fields the text does not give stay empty. Never raises on any text.

        ``lang`` is ISO 639-1, ``und`` where unknown; ``sub_labels`` as in Tags, strongest first: ``service`` is the first
        that names a service, None where none does. ``redactions`` give the contacts.
        """
        text = plain(working_copy_text[:MAX_READ], lang)
        given = read_service(sub_labels)
        service = settle_service(text, lang, given)
        mentions = self._places.find(text, lang)
        route = read_route(text, mentions, service)
        regions = [redaction.region for redaction in redactions if redaction.region]
        countries = (*route.origin, *(mention.country for mention in mentions), *regions)
        prices = read_prices(text, lang, self._currencies, countries)
        route = with_money(route, service, prices, lang)
        return Offer(
            origin=route.origin,
            transit=route.transit,
            destination=route.destination,
            modes=read_modes(text, lang, service, sub_labels),
            service=given,
            prices=prices,
            payment=read_payment(text),
            contacts=read_contacts(redactions),
        )


def read_contacts(redactions: Sequence[Redaction]) -> tuple[Contact, ...]:
    """Every contact once, in the order written."""
    contacts = (Contact(type=found.type, region=found.region, hash=found.hash) for found in redactions)
    return tuple(dict.fromkeys(contacts))
