"""E-mail addresses as settings and subscriptions may hold them."""

from __future__ import annotations

import re
from email.utils import parseaddr

# Deliberately narrow: no display names, quotes or blanks, so that nothing in an address can become a second header.
EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")


def parse_sender(text: str) -> str:
    """The address in ``unit@example.org`` or ``Daymark <unit@example.org>``. Raises ValueError where there is none."""
    address = parseaddr(text)[1] if text.isprintable() else ""
    if EMAIL.fullmatch(address) is None:
        raise ValueError("must be an address like unit@example.org or Daymark <unit@example.org>")
    return address
