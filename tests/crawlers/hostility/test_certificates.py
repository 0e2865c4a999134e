"""Every kind of spider against a server over TLS: a bad certificate is refused, a good one is believed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from config import SourceKind
from tests.crawlers.hostility.behaviours import DENIED, FAILED, TIMEOUT
from tests.crawlers.hostility.meeting import meet, poll_honestly
from tests.crawlers.hostility.world import HURRIED, Place, world
from tests.peers.certificates import make_certificate


def hurry(place: Place) -> None:
    """What ends in a refusal whatever the time is not waited for."""
    place.seconds = HURRIED


@pytest.mark.parametrize("fault", ["unknown", "expired", "of another address"])
def test_a_bad_certificate_is_refused_before_anything_is_asked(tmp_path: Path, fault: str) -> None:
    address = "127.0.0.3" if fault == "of another address" else "127.0.0.1"
    certificate = make_certificate(tmp_path / "tls", address=address, expired=fault == "expired")
    # Those of the unknown are met by all; the others are trusted by the source, and still wrong.
    known = {} if fault == "unknown" else {"ca_file": certificate.file}
    kinds: Callable[[SourceKind], bool] = lambda kind: fault == "unknown" or kind is SourceKind.FEEDS  # noqa: E731
    with world(tmp_path, certificate.context(), kinds, **known) as made:
        for name, summary in meet(made, hurry).items():
            assert summary.outcome in (DENIED, FAILED, TIMEOUT), (name, summary)
        assert [place.site.paths() for place in made.places] == [[]] * len(made.places)


def test_a_good_certificate_is_believed(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path / "tls")
    feeds: Callable[[SourceKind], bool] = lambda kind: kind is SourceKind.FEEDS  # noqa: E731
    with world(tmp_path, certificate.context(), feeds, ca_file=certificate.file) as made:
        poll_honestly(made)
