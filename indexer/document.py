"""Post + Tags -> Document: the working copy that may stand in the index (architecture, rule 5).

1. contact data of title, text and media text becomes typed tokens; hashtags that hold contact data go
2. the link stays for outlets and organisations only; for persons it is daymark:POST_ID
3. the offer is flattened; its main price is also given in EUR at the rate of its day
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from indexer.normalise import fold_hashtag
from indexer.rates import to_euro
from ledger import IndexWork, StoredPost
from records import (
    AuthorKind,
    Document,
    Offer,
    OfferFields,
    Price,
    PriceUnit,
    Redaction,
    TextField,
    make_reference,
    working_copy,
)

_PUBLIC = frozenset({AuthorKind.OUTLET, AuthorKind.ORGANISATION})
_IN_EUR = frozenset({PriceUnit.PERSON, PriceUnit.SEAT, PriceUnit.PACKAGE, None})
"""Units whose price is also given in EUR: of one traveller, and of a whole package, which the market leaves out of its
medians, since it may be for several. A child's, couple's, family's or leg's price next to them would be read as one."""
_PHONE = re.compile(r"\d{7}")
"""Seven digits in a row, as in every phone number. A date written so goes too: better a hashtag too few than a number."""
_MIN_SPAN = 4
"""Shorter contact spans (a handle of three letters) would strike ordinary hashtags."""


def make_document(work: IndexWork) -> Document:
    """The document of a leased post. Raises ValueError when its redactions do not fit its text: then it must not get out."""
    post, tags = work.post, work.tags
    return Document(
        post_id=post.post_id,
        month=post.month,
        doc_version=post.doc_version,
        revision=post.revision,
        platform=post.platform,
        source=post.source,
        url=_url(post),
        author=post.author,
        published_at=post.published_at,
        published_estimated=post.published_estimated,
        collected_at=post.collected_at,
        removed_at=post.removed_at,
        lang=tags.lang,
        title=working_copy(post.title, tags.redactions, TextField.TITLE),
        text=working_copy(post.text, tags.redactions, TextField.TEXT),
        media_text=working_copy(post.media_text, tags.redactions, TextField.MEDIA_TEXT),
        hashtags=_clean_hashtags(post, tags.redactions),
        mentions=post.mentions,
        reply_to=post.reply_to,
        thread=post.thread,
        quotes=post.quotes,
        engagement=post.engagement,
        engagement_read_at=(post.engagement_read_at or post.collected_at) if post.engagement else None,
        on_topic=tags.is_on_topic,
        covered=tags.covered,
        labels=tags.labels,
        scores={**{str(label): score for label, score in tags.scores.items()}, "on_topic": tags.on_topic},
        thresholds=dict(tags.thresholds),
        sub_labels=tags.sub_labels,
        kind=tags.kind,
        referral=tags.referral,
        reviewed=post.reviewed,
        family=post.family or post.post_id,
        model=tags.model,
        offer=_flatten(tags.offer, post) if tags.offer is not None else None,
    )


def _url(post: StoredPost) -> str:
    if post.url and post.author_kind in _PUBLIC:
        return post.url
    return make_reference(post.post_id)


def _clean_hashtags(post: StoredPost, redactions: Iterable[Redaction]) -> tuple[str, ...]:
    texts = {TextField.TITLE: post.title, TextField.TEXT: post.text, TextField.MEDIA_TEXT: post.media_text}
    contacts = {fold_hashtag(texts[item.field][item.start : item.end]) for item in redactions}
    contacts = {contact for contact in contacts if len(contact) >= _MIN_SPAN}
    return tuple(tag for tag in post.hashtags if not _holds_contact(tag, contacts))


def _holds_contact(tag: str, contacts: set[str]) -> bool:
    folded = fold_hashtag(tag)
    return "@" in tag or _PHONE.search(folded) is not None or any(contact in folded for contact in contacts)


def _flatten(offer: Offer, post: StoredPost) -> OfferFields:
    main = offer.prices[0] if offer.prices else None
    return OfferFields(
        origin=offer.origin,
        transit=offer.transit,
        destination=offer.destination,
        modes=offer.modes,
        service=offer.service,
        payment=offer.payment,
        price_eur=_price_eur(main, post),
        price_unit=main.unit if main is not None else None,
        currency=main.currency if main is not None else None,
        contact=tuple(dict.fromkeys(contact.hash for contact in offer.contacts)),
    )


def _price_eur(price: Price | None, post: StoredPost) -> float | None:
    if price is None or price.currency is None or price.unit not in _IN_EUR:
        return None
    return to_euro(price.amount, price.currency, post.published_at.date())
