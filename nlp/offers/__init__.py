"""What an advert offers: route, means, prices, payment, contacts, read by word lists and rules (no model)."""

from nlp.offers.reader import OfferReader

__all__ = ["OfferReader"]
