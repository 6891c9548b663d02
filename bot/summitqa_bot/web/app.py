"""The page's web application: what guards every request, and serving it."""

import asyncio
import ipaddress
import logging
import re
import secrets
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from summitqa.errors import DatabaseUnavailableError, SettingsError
from summitqa.settings import OFF
from summitqa_bot import strings
from summitqa_bot.listening import Address, serving
from summitqa_bot.logs import EVENT
from summitqa_bot.metrics import always
from summitqa_bot.service.desk import Desk
from summitqa_bot.settings import PUBLIC, Settings
from summitqa_bot.strings import web as said
from summitqa_bot.web import pages
from summitqa_bot.web.addresses import BASE
from summitqa_bot.web.templates import sentence

log = logging.getLogger("summitqa_bot.web")

LARGEST = 16 * 1024
"""Bytes of what somebody may send: a reason in a form is the most there is."""
LONGEST = 32 * 1024
"""Bytes of an address: a question in any script, each of its bytes written as three."""
_HOST = re.compile(r"(?:(?P<name>[A-Za-z0-9._-]+)|\[(?P<address>[0-9A-Fa-f:.]+)\])(?::[0-9]{1,5})?")
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "clipboard-write=(self)",
    # Addresses are capabilities.
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def application(settings: Settings, desk: Desk) -> web.Application:
    """Make the application; nothing is listened on yet."""
    served = web.Application(middlewares=[_guarded(settings)], client_max_size=LARGEST)
    served.on_response_prepare.append(_headed)
    pages.register(served, settings, desk)
    return served


async def run(settings: Settings, desk: Desk) -> None:
    """Serve until cancelled; SettingsError where that cannot be."""
    if settings.page_access == OFF:
        raise SettingsError(said.IS_OFF)
    address = Address(
        settings.web_host, settings.web_port, "SUMMITQA_WEB_HOST and SUMMITQA_WEB_PORT", LONGEST
    )
    async with serving(application(settings, desk), address, log):
        log.info("the page is at %s", at(settings))
        if settings.page_access == PUBLIC:
            await pages.prepare_examples(desk)
        with desk.metrics.connected("web", always):
            await asyncio.Event().wait()


def at(settings: Settings) -> str:
    """Give the address of the page."""
    host = f"[{settings.web_host}]" if ":" in settings.web_host else settings.web_host
    return settings.web_url or f"http://{host}:{settings.web_port}"


async def _headed(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)
    response.headers["Server"] = "SummitQA"
    response.headers.setdefault("Cache-Control", "no-store")


def _guarded(settings: Settings) -> Middleware:
    named = urlsplit(settings.web_url or "").hostname
    ours = frozenset({"localhost", settings.web_host.lower(), named or "localhost"})

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        BASE.set(settings.web_path)
        if not _is_ours(request.host, ours):
            return sentence(421, said.ELSEWHERE)
        if _is_anothers(request):
            return sentence(403, said.REFUSED)
        EVENT.set(secrets.token_hex(4))
        try:
            return await handler(request)
        except web.HTTPException as refused:
            if refused.status < 400:
                raise
            return _refusal(refused)
        except DatabaseUnavailableError as away:
            return sentence(503, str(away))
        except Exception:
            error = secrets.token_hex(4)
            log.exception("error %s", error)
            return sentence(500, strings.TROUBLE.format(id=error))

    return guarded


def _refusal(refused: web.HTTPException) -> web.Response:
    response = sentence(refused.status, said.REFUSALS.get(refused.status, said.REFUSED))
    if "Allow" in refused.headers:
        response.headers["Allow"] = refused.headers["Allow"]
    return response


def _is_anothers(request: web.Request) -> bool:
    """Tell whether the page of another site has a browser ask, as by an image or a form.

    A link that leads here may be followed. Browsers say so (W3C Fetch Metadata); what says
    nothing is none, or an old one.
    """
    if request.headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin"):
        return False
    return request.method != "GET" or request.headers.get("Sec-Fetch-Dest") != "document"


def _is_ours(host: str, ours: frozenset[str]) -> bool:
    """Tell whether a request is meant for us, so that no other site's name may lead here.

    An address of numbers is no name that somebody could have lead elsewhere first.
    """
    match = _HOST.fullmatch(host)
    name = (match["name"] or match["address"]).lower() if match else ""
    if name in ours:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
