"""One request by aiohttp, over a connection to an address that was checked and to no other."""

import os
import socket
import ssl
import zlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from ipaddress import ip_address
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from summitqa.errors import SourceError
from summitqa_index.sources.network import Address

_LONGEST = 65_536  # bytes of a line of the head


@asynccontextmanager
async def asked(
    url: str, headers: Mapping[str, str], addresses: Sequence[Address], tls: ssl.SSLContext | None
) -> AsyncIterator[aiohttp.ClientResponse]:
    """Ask for a URL, written as it is to be sent; give the answer, its body not read or unpacked.

    A redirect is an answer, too. Whatever the network does, then and while the body is read, ends
    in a SourceError.
    """
    connector = aiohttp.TCPConnector(
        resolver=_Known(addresses),
        socket_factory=partial(_socket, addresses),
        use_dns_cache=False,
        force_close=True,
        ssl=tls or True,
    )
    try:
        async with (
            aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                timeout=aiohttp.ClientTimeout(),  # none: whoever asks sets one for all of it
                max_line_size=_LONGEST,
                max_field_size=_LONGEST,
            ) as session,
            session.get(URL(url, encoded=True), headers=headers, allow_redirects=False) as answer,
        ):
            yield answer
    except aiohttp.ClientConnectorCertificateError as error:
        said = getattr(error.certificate_error, "verify_message", "it proves another name")
        raise SourceError(f"has a certificate that is not valid: {said}") from None
    except aiohttp.ClientPayloadError:
        raise SourceError("ended before all of it had come") from None
    except (aiohttp.ClientError, OSError, zlib.error, ValueError) as error:
        raise SourceError(f"could not be fetched: {_reason(error)}") from None


class _Known(AbstractResolver):
    """Has the addresses that a host was found at; looks nothing up."""

    def __init__(self, addresses: Sequence[Address]) -> None:
        self._addresses = addresses

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,  # noqa: ARG002 - we have those there are
    ) -> list[ResolveResult]:
        """Give those addresses, of whatever family they are."""
        return [
            ResolveResult(
                hostname=host,
                host=str(one),
                port=port,
                family=socket.AF_INET if one.version == 4 else socket.AF_INET6,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for one in self._addresses
        ]

    async def close(self) -> None:
        """Do nothing: nothing was opened."""


def _socket(addresses: Sequence[Address], to: tuple[Any, ...]) -> socket.socket:
    """Make the socket of a connection, where it leads to one of the checked addresses.

    A host that is an address goes past the resolver; nothing goes past this.
    """
    family, kind, protocol, _, place = to
    if ip_address(place[0]) not in addresses:
        raise SourceError(f"leads to {place[0]}, which was not checked")
    return socket.socket(family, kind, protocol)


def _reason(error: Exception) -> str:
    """Tell what went wrong, in the system's words where it has any."""
    if isinstance(error, aiohttp.ClientResponseError):
        return "what it answered is not sound HTTP"
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "the server hung up"
    cause = getattr(error, "os_error", error)
    number = getattr(cause, "errno", None)
    if isinstance(cause, ssl.SSLError) or number is None:
        return getattr(cause, "strerror", None) or type(error).__name__
    return os.strerror(number)
