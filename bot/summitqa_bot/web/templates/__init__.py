"""The page's templates, and how they are filled: whatever is put into one is escaped."""

from typing import Any

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

_ENVIRONMENT = Environment(
    loader=PackageLoader("summitqa_bot.web"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(template: str, status: int = 200, **given: Any) -> web.Response:
    """Fill a template; give it as a page."""
    text = _ENVIRONMENT.get_template(template).render(**given)
    response = web.Response(text=text, status=status, content_type="text/html")
    response.headers["Vary"] = "Accept-Encoding"
    response.enable_compression()
    return response
