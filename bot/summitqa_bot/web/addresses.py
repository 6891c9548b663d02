"""The page's own addresses: all of them are below the path of ``SUMMITQA_WEB_URL``."""

from contextvars import ContextVar

BASE: ContextVar[str] = ContextVar("the path that a request's page is below", default="")


def at(path: str) -> str:
    """Give the address of a path of the page, which begins with a slash, on its own host."""
    return BASE.get() + path
