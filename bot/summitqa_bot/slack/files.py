"""Files that people hand in on Slack, fetched with the bot's token; nobody else is shown that."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from summitqa.errors import InputError
from summitqa_bot.slack.client import TRIES, CallError, code_of
from summitqa_bot.strings import articles
from summitqa_bot.strings import slack as said
from summitqa_bot.wording.reply import File
from summitqa_index.sources.fetch import MB

log = logging.getLogger("summitqa_bot.slack")

WITHIN = 60.0
# How often a download may be led on, within one host.
_HOPS = 3
_CHUNK = 1 << 16
_AWAY = frozenset({"tombstone", "hidden_by_limit"})


async def fetched(client: AsyncWebClient, file: str, most_mb: int) -> File:
    """Fetch the file of an id, of at most ``most_mb`` megabytes.

    Raises InputError, in a sentence for whoever handed it in, where that cannot be.
    """
    about = await _about(client, file)
    full_name = str(about.get("name") or about.get("title") or said.A_FILE)
    name = full_name[:80]
    if about.get("mode") in _AWAY:
        raise InputError(said.FILE_GONE.format(name=name))
    url = about.get("url_private_download") or about.get("url_private")
    if about.get("is_external") or not isinstance(url, str) or not _ours(url, client):
        raise InputError(said.FILE_ELSEWHERE.format(name=name))
    if (size := int(about.get("size") or 0)) > most_mb * MB:
        megabytes = f"{size / MB:.1f}"
        raise InputError(
            articles.FILE_TOO_LARGE.format(name=name, megabytes=megabytes, most=most_mb)
        )
    is_page = str(about.get("mimetype") or "").startswith("text/html")
    try:
        async with asyncio.timeout(WITHIN):
            return File(full_name, await _tried(client, url, most_mb * MB, is_page))
    except (_RefusedError, *CallError) as error:
        reason = error if isinstance(error, _RefusedError) else code_of(error)
        log.warning("a file could not be fetched (%s)", reason)
        raise InputError(articles.FILE_NOT_FETCHED.format(name=name)) from None


def scopes_lacked(error: BaseException, usual: str) -> str | None:
    """Give the sentence for a call that a missing scope refused; None for any other refusal.

    ``usual``: the scope that it will have been, where Slack does not say.
    """
    if not isinstance(error, SlackApiError) or code_of(error) != "missing_scope":
        return None
    data: Any = error.response.data
    return said.SCOPE_LACKED.format(scopes=data.get("needed") or usual)


class _RefusedError(Exception):
    """The download came to something else than the file."""


async def _about(client: AsyncWebClient, file: str) -> dict[str, Any]:
    try:
        about: dict[str, Any] = (await client.files_info(file=file))["file"]
    except (*CallError, KeyError) as error:
        log.info("a file could not be looked up (%s)", code_of(error))
        unseen = said.FILE_UNSEEN.format(reason=code_of(error))
        raise InputError(scopes_lacked(error, "files:read") or unseen) from None
    return about


def _ours(url: str, client: AsyncWebClient) -> bool:
    """Tell whether an address is of the Slack that our token is for: its host, or one below it."""
    theirs, home = urlsplit(url), urlsplit(client.base_url)
    host, known = theirs.hostname or "", home.hostname or ""
    return theirs.scheme == home.scheme and (host == known or host.endswith(f".{known}"))


async def _tried(client: AsyncWebClient, url: str, most: int, is_page: bool) -> bytes:
    """Download, again where Slack was in trouble."""
    for attempt in range(1, TRIES):
        try:
            return await _downloaded(client, url, most, is_page)
        except aiohttp.ClientError as error:
            log.info("a download failed (%s); trying again", code_of(error))
            await asyncio.sleep(0.3 * attempt)
    return await _downloaded(client, url, most, is_page)


async def _downloaded(client: AsyncWebClient, url: str, most: int, is_page: bool) -> bytes:
    headers = {"Authorization": f"Bearer {client.token}", "Accept-Encoding": "identity"}
    async with _session(client) as session:
        for _ in range(_HOPS):
            # A redirect would take the token along, to wherever it leads.
            async with session.get(
                url, headers=headers, allow_redirects=False, proxy=client.proxy
            ) as response:
                if response.status in {301, 302, 303, 307, 308}:
                    url = _led_on(url, response)
                    continue
                if response.status >= 500:
                    response.raise_for_status()
                _look_at(response, is_page)
                return await _read(response, most)
    raise _RefusedError("too many redirects")


def _led_on(url: str, response: aiohttp.ClientResponse) -> str:
    there = urljoin(url, response.headers.get("Location", ""))
    if urlsplit(there)[:2] != urlsplit(url)[:2]:
        raise _RefusedError("it led elsewhere")
    return there


def _look_at(response: aiohttp.ClientResponse, is_page: bool) -> None:
    if response.status != 200:
        raise _RefusedError(f"status {response.status}")
    # To who may not have a file, Slack gives the page to sign in.
    if response.content_type == "text/html" and not is_page:
        raise _RefusedError("a page to sign in")


async def _read(response: aiohttp.ClientResponse, most: int) -> bytes:
    content = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        content += chunk
        if len(content) > most:
            raise _RefusedError("it is larger than it says")
    return bytes(content)


@asynccontextmanager
async def _session(client: AsyncWebClient) -> AsyncIterator[aiohttp.ClientSession]:
    if client.session is not None and not client.session.closed:
        yield client.session
        return
    async with aiohttp.ClientSession() as own:
        yield own
