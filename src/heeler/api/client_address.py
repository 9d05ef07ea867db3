"""Client IP address: the peer's, or the one that a trusted proxy reports in ``X-Forwarded-For``."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def client_address(peer: str, forwarded_for: str, proxies: Sequence[Network]) -> str:
    """IP address of the client.

    ``X-Forwarded-For`` is used only if ``peer`` is a trusted proxy, from the right: each proxy appends the
    address it saw, so everything left of the first untrusted address may be forged.
    """
    if not _is_trusted(peer, proxies):
        return peer
    for part in reversed(forwarded_for.split(",")[-20:]):
        address = _without_port(part.strip())
        if not _is_address(address):
            return peer
        if not _is_trusted(address, proxies):
            return address
        peer = address
    return peer


def network_of(address: str) -> str:
    """Rate limit key of an address: the IPv4 address, or the /64 of an IPv6 subscriber."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return str(ip.ipv4_mapped)
        return str(ipaddress.ip_network((int(ip) >> 64 << 64, 64)))
    return str(ip)


def _without_port(text: str) -> str:
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_trusted(address: str, proxies: Sequence[Network]) -> bool:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(ip, "ipv4_mapped", None) or ip
    return any(mapped in network for network in proxies)
