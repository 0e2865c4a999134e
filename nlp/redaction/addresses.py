"""Links to messengers and profiles, and e-mail addresses, written out or plain."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from nlp.redaction.lists import NO_LETTER_AFTER, any_of, read_lists
from nlp.redaction.numbers import is_international, read_international
from nlp.redaction.spans import Found

_HOST_DOT = r"(?:\.|\s\.\s|\s?[(\[{<]\s?(?:dot|\.)\s?[)\]}>]\s?|\sdot\s)"
_END = ".,!?)'*"
_PHONE_PATH = re.compile(r"(?:/|phone=)(?:\+|%2b)?(?:00)?(\d{7,15})(?!\d)")
_SCHEME = re.compile(
    r"(?<![^\W\d_])(?:(?:tg|whatsapp|viber|skype|signal|sgnl)://[^\s<>\"\x00]{3,}|(?:skype|tel|smsto|sms):[^\s<>\"\x00]{5,})"
)
_SCHEME_PHONE = re.compile(r"(?:\+|%2b|00)?(\d[\d\-.]{6,17})")
_LOCAL_CALL = re.compile(r"(?:tel|smsto|sms):(?!00)(?:\d[\-.]*){7,}$")
_BEGUN = re.compile(
    r"(?:(?:wa\.me|whatsapp\.com)/|[/=:](?:\+|%2b)|phone=|number=|(?:tel|smsto|sms):)(?P<digits>\d[\d\-.()]*)$"
)
_BEHIND = re.compile(r"[^\S\n]{1,2}\(?\d")
_WHOLE = 11
"""Digits of a number that lacks none, its country code included, in nearly all countries."""
_SCHEME_NAME = re.compile(r"domain=([\w.\-]+)")
# Bounded, and begun only where a word begins: on 100,000 letters without a space it would otherwise take minutes.
_LOCAL = r"(?<![\w.+\-@])(?P<local>[\w.+\-]{1,64})"
_LABEL = r"[\w\-]{1,63}"
_FULL_STOP = r"(?:\.|\s\.\s|\s?\.\s?(?=(?:com|net|org|info)\b))"
_MAX_LABELS = 6


@functools.cache
def _links() -> tuple[re.Pattern[str], dict[str, str]]:
    canon = {alias: name for name, aliases in read_lists().hosts.items() for alias in aliases}
    hosts = "|".join(re.escape(alias).replace(r"\.", _HOST_DOT) for alias in sorted(canon, key=len, reverse=True))
    before = r"(?<![\w.\-@])(?:https?:\s?//)?(?:[a-z]{1,3}\.|www\.|mobile\.)?"
    return re.compile(rf"{before}(?P<host>{hosts})\s?/\s?(?P<path>[^\s<>\"'\])}},;\x00]+)"), canon


def find_links(lower: str) -> Iterator[Found]:
    """Links of the services in config/contacts.yaml; one that holds a phone number is a phone."""
    if "/" not in lower and ":" not in lower:
        return
    pattern, canon = _links()
    links = [_read_link(match, canon) for match in pattern.finditer(lower)] if "/" in lower else []
    links += [_read_scheme(match) for match in _SCHEME.finditer(lower)]
    found = [item for item in links if not _is_left_to_phones(lower, item)]
    position = 0
    for item in sorted(found, key=lambda item: item.start):
        if item.start >= position:
            position = item.end
            yield item


def _is_left_to_phones(lower: str, item: Found) -> bool:
    """Whether the link holds a number as its own country dials it, or the beginning of one that goes on behind the link."""
    link = lower[item.start : item.end]
    if _LOCAL_CALL.match(link):
        return True
    begun = _BEGUN.search(link) if _BEHIND.match(lower, item.end) else None
    digits = re.sub(r"\D", "", begun["digits"]) if begun else ""
    return bool(begun) and len(digits) < _WHOLE and not is_international(digits)


def _read_link(match: re.Match[str], canon: dict[str, str]) -> Found:
    path = match["path"].rstrip(_END)
    end = match.start("path") + len(path)
    host = canon[re.sub(_HOST_DOT, ".", match["host"])]
    digits = _PHONE_PATH.search("/" + path) if host == "wa.me" else None
    if digits:
        return Found(match.start(), end, "phone", *read_international(digits[1]))
    # Share and campaign parameters differ from copy to copy; only a profile's number is the contact itself.
    name = path if "id=" in path else path.split("?")[0]
    return Found(match.start(), end, "handle", None, f"{host}/{name.strip('/').lstrip('@')}")


def _read_scheme(match: re.Match[str]) -> Found:
    link = match[0].rstrip(_END)
    end = match.start() + len(link)
    digits = _SCHEME_PHONE.search(link)
    if digits:
        return Found(match.start(), end, "phone", *read_international(re.sub(r"\D", "", digits[1])))
    name = _SCHEME_NAME.search(link)
    return Found(match.start(), end, "handle", None, f"t.me/{name[1]}" if name else link)


@functools.cache
def _spelled_dot() -> str:
    dot = any_of(read_lists().mail.dot)
    return rf"(?:\s?[(\[{{<]\s?(?:{dot}|\.)\s?[)\]}}>]\s?|\s{dot}\s)"


@functools.cache
def _emails() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What tells that a text may hold an address, and the addresses themselves."""
    mail = read_lists().mail
    at, provider = any_of(("at", *mail.at)), any_of(mail.providers) + NO_LETTER_AFTER
    dots = rf"(?:(?:{_FULL_STOP}|{_spelled_dot()}){_LABEL})"
    sign = rf"(?:\s?[(\[{{<]\s?(?:{at}|@)\s?[)\]}}>]\s?|\s@\s|@\s?)"
    addresses = (
        rf"{sign}(?P<domain>{_LABEL}{dots}{{1,{_MAX_LABELS}}}|{provider})",
        # No dot: "ahmed@somewhere"; three letters behind are "dól@res", two before are "R@pisten".
        r"@(?P<word>[^\W\d_][\w\-]{3,62})",
        # A blank before the @ alone begins a handle, but not before a provider.
        rf"\s@(?P<near>{provider}{dots}{{0,3}})",
        rf"\s{at}\s(?P<written>{provider}{dots}{{0,3}})",
        rf"\s{any_of(mail.at)}\s(?P<named>{_LABEL}{dots}{{1,{_MAX_LABELS}}})",
        rf"\sat\s(?P<spelled>{_LABEL}\sdot\s[a-z]{{2,6}})",
    )
    worth = rf"@|[(\[{{<]\s?{at}|\sat\s{provider}|\s{any_of(mail.at)}\s|\sdot\s"
    return re.compile(worth), re.compile(f"{_LOCAL}(?:{'|'.join(addresses)})")


def find_emails(lower: str) -> Iterator[Found]:
    """Addresses with @, (at) or a written "at", and words joined by @; never a handle behind a blank."""
    worth, pattern = _emails()
    if not worth.search(lower):
        return
    for match in pattern.finditer(lower):
        address = _read_address(match)
        if address is None:
            continue
        if match["word"] and not match["local"].isascii():
            # A word of another script with a handle behind it: "#سفر@someone".
            yield Found(match.start("word") - 1, match.end(), "handle", None, match["word"])
        else:
            yield Found(match.start(), match.end(), "email", None, address)


def _read_address(match: re.Match[str]) -> str | None:
    """The plain form, or None where it only looks like an address."""
    lists = read_lists()
    local = match["local"].strip(".-+")
    written = next(domain for name, domain in match.groupdict().items() if name != "local" and domain)
    domain = re.sub(rf"{_spelled_dot()}|\s?\.\s?", ".", written).rstrip(".-_")
    tail = domain.rsplit(".", 1)[-1]
    # "3@5000", "telegram@name" (a handle), "10@3.50"
    if not local or local in lists.platforms or not tail[:1].isalpha() or len(tail) < 2:
        return None
    if match["word"] and (len(local) < 3 or match["local"][-1] == "." or not any(char.isalpha() for char in local)):
        return None
    return f"{local}@{lists.mail.providers.get(domain, domain)}"
