"""The page's style, script and sign: served under names that change with what they hold."""

import hashlib
from importlib.resources import files

from aiohttp import web

from summitqa_bot.web.addresses import at

_TYPES = {"page.css": "text/css", "page.js": "text/javascript", "icon.svg": "image/svg+xml"}
_HELD = {name: files(__package__).joinpath(name).read_text("utf-8") for name in _TYPES}
_LONG = "public, max-age=31536000, immutable"


def address(name: str) -> str:
    """Give the address of a file, good for as long as it says the same."""
    return at(f"/static/{name}?{hashlib.sha256(_HELD[name].encode()).hexdigest()[:12]}")


def register(served: web.Application, base: str) -> None:
    """Add the files to what is served below a path."""
    served.router.add_get(f"{base}/static/{{name}}", _file)


async def _file(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    if name not in _HELD:
        raise web.HTTPNotFound
    response = web.Response(text=_HELD[name], content_type=_TYPES[name])
    response.headers.update({"Cache-Control": _LONG, "Vary": "Accept-Encoding"})
    response.enable_compression()
    return response
