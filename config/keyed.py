"""Sources that are read with a key of the operator's: which keys each kind needs, and where its API is.

The register holds names of environment variables, never the keys themselves. A source whose keys are not there is off.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_NAME = re.compile(r"[A-Z_][A-Z0-9_]{0,99}")


@dataclass(frozen=True)
class Keyed:
    """One kind of source: the address of its API, what its keys are called there, and the forms of its target."""

    api: str
    keys: tuple[str, ...]
    target: re.Pattern[str]
    targets: str
    instead: str = ""


KEYED: Mapping[str, Keyed] = {
    "youtube": Keyed(
        "https://www.googleapis.com/youtube/v3",
        ("an API key",),
        re.compile(r"(?:video:[\w-]{6,20}|channel:UC[\w-]{22})"),
        "video:ID or channel:UC…",
    ),
    "vk": Keyed(
        "https://api.vk.com/method",
        ("an access token",),
        re.compile(r"(?:wall:(?:-?\d{1,15}|[A-Za-z][\w.]{1,63})|search:.{1,200})"),
        "wall:NAME, wall:-NUMBER or search:WORDS",
    ),
    "x": Keyed("https://api.x.com", ("a bearer token",), re.compile(r".{1,480}"), "a search query"),
    "reddit": Keyed(
        "https://oauth.reddit.com",
        ("the id of an approved app", "its secret"),
        re.compile(r"[A-Za-z0-9_]{2,50}"),
        "the name of a subreddit",
        "; without an approved app read https://www.reddit.com/r/NAME/.rss as kind: feeds",
    ),
}
"""By the word of the kind."""


def check_names(names: Sequence[str]) -> None:
    """Raises ValueError for what is no name of an environment variable; it does not repeat it, for it may be a key."""
    if not all(_NAME.fullmatch(name) for name in names):
        raise ValueError(
            "credentials are names of environment variables (capitals, digits, _), never the keys themselves"
        )


def why_no_key(kind: str, credentials: Sequence[str], environment: Mapping[str, str] | None = None) -> str | None:
    """Why a source of this kind cannot be read for want of a key, or None; names the variable that is missing."""
    keyed = KEYED.get(kind)
    if keyed is None:
        return None
    if len(credentials) != len(keyed.keys):
        wanted = " and ".join(keyed.keys)
        return f"no key: credentials must name the environment variables of {wanted}{keyed.instead}"
    values = os.environ if environment is None else environment
    missing = [name for name in credentials if not values.get(name, "").strip()]
    if missing:
        return f"no key: {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set in the environment"
    return None
