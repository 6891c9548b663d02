"""Which addresses a host has, and whether they are the public Internet's."""

import re
import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from summitqa.errors import SourceError

Address = IPv4Address | IPv6Address
Resolver = Callable[[str], Sequence[str]]

_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address in the last 32 bits
_GLOBAL_UNICAST = IPv6Network("2000::/3")  # all that IANA has given out for public hosts
_TUNNELS = (IPv6Network("2001::/32"), IPv6Network("2002::/16"))  # Teredo, 6to4: long obsolete
_UNSAFE_V4 = frozenset({"192.88.99", "192.0.0"})  # /24s: 6to4 relays, protocol assignments


def system_resolver(host: str) -> Sequence[str]:
    """Look a host up as the system does; give its addresses. Raises ``OSError``."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(address: Address) -> bool:
    """Say whether an address is one that the whole Internet reaches.

    An IPv4 address inside an IPv6 one (mapped, NAT64) is judged by itself.
    """
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped
        if address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if address not in _GLOBAL_UNICAST or any(address in tunnel for tunnel in _TUNNELS):
            return False
    elif str(address).rpartition(".")[0] in _UNSAFE_V4:
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def resolve(host: str, resolver: Resolver, allow: Callable[[Address], bool]) -> list[Address]:
    """Give a host's addresses; a single one that may not be reached condemns the host.

    Raises ``SourceError``: not found, not public, or an address written in disguise.
    """
    try:
        found = [ip_address(host)]
    except ValueError:
        # A last label that begins like a number is an IPv4 address in disguise: decimal,
        # octal, hexadecimal or short (WHATWG URL, 3.5, "ends in a number").
        if re.fullmatch(r"\d+|0x[\da-f]*", host.rpartition(".")[2], re.IGNORECASE):
            raise SourceError("names its host by a number that is no plain IP address") from None
        try:
            found = [ip_address(address) for address in resolver(host)]
        except (OSError, ValueError):
            found = []
    if not found:
        raise SourceError(f"has a host that cannot be found: {host[:100]}")
    for address in found:
        if getattr(address, "scope_id", None) or not allow(address):
            raise SourceError(f"leads to {address}, which is not a public address")
    return found
