"""What the page shows at each of its addresses."""

from aiohttp import web

from summitqa.errors import ArticleUnknownError
from summitqa.settings import HOUSE
from summitqa_bot.service.desk import Desk
from summitqa_bot.settings import Settings
from summitqa_bot.web.templates import page
from summitqa_bot.web.visitors import Visitors


class Pages:
    """The handlers."""

    def __init__(self, settings: Settings, desk: Desk) -> None:
        self._desk = desk
        self._visitors = Visitors(settings.web_proxies)

    async def home(self, request: web.Request) -> web.Response:
        """Show a box to ask, and the articles; with ``q`` the answer."""
        actor, asked = self._visitors.actor(request), request.query.get("q", "")
        reply = await self._desk.ask(actor, asked) if asked else None
        titles = await self._desk.titles(actor, "")
        return page("home.html", asked=asked, reply=reply, articles=titles, shelf=HOUSE)

    async def article(self, request: web.Request) -> web.Response:
        """Show an article."""
        found = self._desk._shelves.get(request.match_info["shelf"])
        if found is None:
            raise web.HTTPNotFound
        try:
            article = found.library.store.article(request.match_info["slug"])
        except ArticleUnknownError:
            raise web.HTTPNotFound from None
        return page("article.html", article=article)


def register(served: web.Application, settings: Settings, desk: Desk) -> None:
    """Add what is served."""
    pages = Pages(settings, desk)
    served.router.add_get("/", pages.home)
    served.router.add_get("/a/{shelf}/{slug}", pages.article)
