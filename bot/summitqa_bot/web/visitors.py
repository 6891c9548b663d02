"""Who visits the page: nobody is known by name, none is given a cookie."""

import hashlib
import ipaddress
import secrets

from aiohttp import web

from summitqa_bot.service.permissions import Actor

PLATFORM = "web"
_HOME = 64  # bits of an IPv6 address that a household has to itself


class Visitors:
    """Tells visitors apart by their addresses, for the limits alone.

    The key goes with the process, so that nothing that is stored leads back to an address.
    """

    def __init__(self, proxies: int) -> None:
        self._proxies = proxies
        self._key = secrets.token_bytes(16)

    def actor(self, request: web.Request) -> Actor:
        """Give who asks.

        All visitors are one community, which has no shelf: an address shows everybody what it
        showed the one who copied it.
        """
        address = _household(self._address(request)).encode()
        user = hashlib.blake2b(address, key=self._key, digest_size=9).hexdigest()
        return Actor(PLATFORM, user, chosen=PLATFORM)

    def _address(self, request: web.Request) -> str:
        """Give a visitor's address, as the last of our own proxies that saw it tells."""
        told = ",".join(request.headers.getall("X-Forwarded-For", [])).split(",")
        way = [*(one.strip() for one in told if one.strip()), request.remote or ""]
        return way[max(0, len(way) - 1 - self._proxies)]


def _household(address: str) -> str:
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(known, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Network((known, _HOME), strict=False))
    return str(known)
