"""The page's templates, and how they are filled: whatever is put into one is escaped."""

from itertools import groupby
from typing import Any

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

from summitqa_bot import strings
from summitqa_bot.strings import web as words
from summitqa_bot.web.addresses import at
from summitqa_bot.web.static import address

_ENVIRONMENT = Environment(
    loader=PackageLoader("summitqa_bot.web"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters["groupby_mark"] = lambda rows: [
    (marked, list(group)) for marked, group in groupby(rows, key=lambda row: bool(row.mark))
]
_ENVIRONMENT.globals |= {"words": words, "strings": strings, "static": address, "at": at}


def prepare() -> None:
    """Read all templates, so that nobody has to wait for that."""
    for name in _ENVIRONMENT.list_templates(extensions=["html"]):
        _ENVIRONMENT.get_template(name)


def page(
    template: str,
    status: int = 200,
    *,
    cache: str = "no-store",
    noindex: bool = True,
    wait: int | None = None,
    **given: Any,
) -> web.Response:
    """Fill a template; give it as a page.

    ``wait``: it says that this was too much, and holds for so many seconds, 0 where nobody knows.
    """
    if wait is not None:
        status, cache = 429, "no-store"
    text = _ENVIRONMENT.get_template(template).render(**given)
    response = web.Response(text=text, status=status, content_type="text/html")
    response.headers.update({"Cache-Control": cache, "Vary": "Accept-Encoding"})
    if wait:
        response.headers["Retry-After"] = str(wait)
    if noindex:
        response.headers["X-Robots-Tag"] = "noindex"
    response.enable_compression()
    return response


def sentence(status: int, said: str, wait: int | None = None) -> web.Response:
    """Give a page that says one sentence; ``wait`` as above."""
    return page("sentence.html", status, said=said, wait=wait)
