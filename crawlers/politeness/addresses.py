"""Which network addresses may be connected to.

The check sits in the resolver that Twisted asks right before it connects, and Twisted connects to exactly the addresses
that passed. So it holds after DNS resolution, for every redirect hop, for robots.txt, for addresses written as numbers,
and a name that changes its address between check and connection (DNS rebinding) gains nothing.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from twisted.internet.interfaces import IAddress, IHostnameResolver, IHostResolution, IResolutionReceiver
from zope.interface import implementer

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from twisted.internet.base import ReactorBase

ALLOWED_PRIVATE = "DAYMARK_ALLOWED_PRIVATE"
"""Setting: each ``(host, port)`` that may be private. Only the source's own."""

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Whether the address is one of the public internet: not private, loopback, link-local, shared, multicast, reserved."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inner = _embedded(ip)
    if inner is not None:
        return is_public(str(inner))
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def _embedded(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 address carries inside and a gateway would connect to."""
    if isinstance(ip, ipaddress.IPv4Address):
        return None
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)


@implementer(IHostnameResolver)
class GuardedResolver:
    """Twisted's resolver, with addresses that are not public taken out of its answers."""

    def __init__(self, reactor: ReactorBase, *allowed: tuple[str, int] | None) -> None:
        self._reactor = reactor
        self._inner: Any = reactor.nameResolver
        self._allowed = allowed
        self.refused: set[tuple[str, int]] = set()
        """Every (host, port) that had an address taken out."""

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: ReactorBase) -> GuardedResolver:
        """Scrapy's way to make a resolver; reads the private places that are allowed."""
        allowed = crawler.settings.getlist(ALLOWED_PRIVATE)
        return cls(reactor, *((str(host), int(port)) for host, port in allowed))

    def install_on_reactor(self) -> None:
        """Makes every connection by name or number ask this resolver."""
        reactor: Any = self._reactor
        reactor.installNameResolver(self)

    def may_connect(self, host: str, port: int, address: str) -> bool:
        """Whether ``address``, found for ``host``, may be connected to at ``port``."""
        return is_public(address) or (host.lower(), port) in self._allowed

    def resolveHostName(
        self,
        resolutionReceiver: IResolutionReceiver,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Sequence[type[IAddress]] | None = None,
        transportSemantics: str = "TCP",
    ) -> IHostResolution:
        """See IHostnameResolver; passes on only what ``may_connect``."""
        receiver = _Sieve(self, resolutionReceiver, hostName, portNumber)
        resolution: IHostResolution = self._inner.resolveHostName(
            receiver, hostName, portNumber, addressTypes, transportSemantics
        )
        return resolution


@implementer(IResolutionReceiver)
class _Sieve:
    def __init__(self, guard: GuardedResolver, receiver: IResolutionReceiver, host: str, port: int) -> None:
        self._guard = guard
        # zope interfaces name methods without self, which mypy reads as too many arguments.
        self._receiver: Any = receiver
        self._host = host
        self._port = port

    def resolutionBegan(self, resolutionInProgress: IHostResolution) -> None:
        self._receiver.resolutionBegan(resolutionInProgress)

    def addressResolved(self, address: Any) -> None:
        if self._guard.may_connect(self._host, self._port, address.host):
            self._receiver.addressResolved(address)
        else:
            self._guard.refused.add((self._host.lower(), self._port))

    def resolutionComplete(self) -> None:
        self._receiver.resolutionComplete()
