"""Who visits the page: nobody is known by name, none is given a cookie."""

import asyncio
import hashlib
import ipaddress
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from aiohttp import web

from summitqa_bot.links import OWN
from summitqa_bot.service.limits import Limiter
from summitqa_bot.service.permissions import Actor
from summitqa_bot.settings import Settings
from summitqa_bot.strings import web as said
from summitqa_bot.web.templates import sentence

_HOME = 64  # bits of an IPv6 address that a household has to itself


class Visitors:
    """Tells visitors apart by their addresses, for the limits alone.

    The key goes with the process, so that nothing that is stored leads back to an address.
    """

    def __init__(self, settings: Settings) -> None:
        self._proxies = settings.web_proxies
        self._key = secrets.token_bytes(16)
        # An address may be a whole office's, as a channel is many people's.
        self._pages = Limiter(settings.channel_limit)
        self._turn = asyncio.Lock()
        # By visitor: who opens much at once waits behind themselves.
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def actor(self, request: web.Request, follows: str = "") -> Actor:
        """Give who asks, below the answer ``follows``.

        All visitors are one community, which has no shelf: an address shows everybody what it
        showed the one who copied it.
        """
        return Actor(OWN, self._name(request), chosen=OWN, follows=follows)

    def refusal(self, request: web.Request) -> web.Response | None:
        """Count a page that is opened; give the sentence where it is too many."""
        seconds = self._pages.wait(self._name(request))
        if not seconds:
            return None
        return sentence(429, said.TOO_MANY_PAGES.format(seconds=seconds), seconds)

    @asynccontextmanager
    async def turn(self, request: web.Request) -> AsyncIterator[None]:
        """Have one text read at a time: a long one takes a core, and others are for those who ask.

        What nobody waits for any more is not read.
        """
        turns = self._turns.setdefault(self._name(request), asyncio.Lock())
        async with turns, self._turn:
            if request.transport is None:
                raise web.HTTPRequestTimeout
            yield

    def _name(self, request: web.Request) -> str:
        address = _household(self._address(request)).encode(errors="surrogateescape")
        return hashlib.blake2b(address, key=self._key, digest_size=9).hexdigest()

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
        if known.ipv4_mapped is not None:
            return str(known.ipv4_mapped)
        return str(ipaddress.IPv6Network((known, _HOME), strict=False))
    return str(known)
