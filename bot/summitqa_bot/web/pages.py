"""What the page shows at each of its addresses; what it says is the desk's."""

import asyncio
import json
import logging
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from aiohttp import web

from summitqa.errors import SummitQAError
from summitqa.settings import HOUSE
from summitqa_bot import strings
from summitqa_bot.links import OWN, Target, spans_of
from summitqa_bot.service.desk import Desk
from summitqa_bot.service.permissions import Actor
from summitqa_bot.settings import Settings
from summitqa_bot.strings import web as said
from summitqa_bot.web import static
from summitqa_bot.web.addresses import at
from summitqa_bot.web.reading import reading_of
from summitqa_bot.web.templates import page, prepare, sentence
from summitqa_bot.web.visitors import Visitors
from summitqa_bot.wording.reply import Reply

log = logging.getLogger("summitqa_bot.web")

LISTED = 200
"""How many articles are listed at once."""
EXAMPLES = 4
# Seconds for which a browser may show again what it was shown, as when one goes back.
_AGAIN = "private, max-age=60"
# Seconds until a form must have come, and how many fields it has at most.
_BODY_WITHIN, _FIELDS = 5.0, 8
# Actions whose passages have an address, as they change nothing.
_TURNED = frozenset({"more", "nearest"})
_RATED = frozenset({"good", "bad"})


class Pages:
    """The handlers."""

    def __init__(self, settings: Settings, desk: Desk) -> None:
        self._desk = desk
        self._open = desk.links.open_to_all(HOUSE)
        self._host = (settings.web_url or "").removesuffix(settings.web_path)
        self._visitors = Visitors(settings)

    async def home(self, request: web.Request) -> web.Response:
        """Show a box to ask and the articles, or an answer; every state has its address."""
        if not self._open:
            return sentence(200, said.BY_LINK)
        if refused := self._visitors.refusal(request):
            return refused
        if request.query.get("q", "").strip():
            return await self._answer(request)
        actor, find = self._visitors.actor(request), request.query.get("find", "")[:200]
        articles = await self._desk.titles(actor, find, LISTED + 1)
        examples = () if find else await self._desk.examples(actor, EXAMPLES)
        return page(
            "home.html", asked="", find=find, examples=examples, articles=articles[:LISTED],
            more=len(articles) > LISTED, address=_article_address, cache=_AGAIN, noindex=False,
        )  # fmt: skip

    async def _answer(self, request: web.Request) -> web.Response:
        """Answer ``q``: about ``article`` alone where it is given, below the answer ``c``.

        ``turn`` is the component of a press that only shows more.
        """
        given = {name: request.query.get(name, "") for name in ("q", "article", "c", "turn")}
        actor = self._visitors.actor(request, given["c"])
        action, _, turned = given["turn"].partition(":")
        if action in _TURNED:
            reply = await self._desk.press(actor, given["turn"])
            shown = await self._desk.press(actor, f"shown:{turned.partition('.')[0]}")
        else:
            began = time.monotonic()
            reply = await self._desk.ask(actor, given["q"], article=given["article"] or None)
            shown = reply
            if reply.ref is not None:
                self._desk.metrics.took("whole", began)
        ref = reply.ref or turned.partition(".")[0]
        return page(
            "answer.html", **_below(reply, given), asked=given["q"], reply=reply,
            trust=_trust(shown, given["q"]), follows=ref or given["c"],
            article=given["article"], title=await self._title(actor, given["article"]),
            cache=_AGAIN if ref and not reply.owed else "no-store", wait=reply.wait,
        )  # fmt: skip

    async def _title(self, actor: Actor, slug: str) -> str:
        """Give an article's title, its slug where there is none."""
        found = dict(await self._desk.titles(actor, slug)) if slug else {}
        return found.get(slug, slug)

    async def press(self, request: web.Request) -> web.Response:
        """Take a thumb, with a reason where one was written."""
        if not self._open:
            return sentence(403, said.BY_LINK)
        form = await _form(request)
        component, reason, back = (form.get(name, "") for name in ("press", "reason", "back"))
        if component.partition(":")[0] not in _RATED:
            return sentence(400, said.REFUSED)
        reply = await self._desk.press(self._visitors.actor(request), component, reason)
        back = back if back.startswith(at("/?")) else at("/")
        return page("pressed.html", said=reply.text, back=back, wait=reply.wait)

    async def article(self, request: web.Request) -> web.Response:
        """Show an article, to whom the link opens it."""
        if refused := self._visitors.refusal(request):
            return refused
        target = Target(
            request.match_info["shelf"], request.match_info["slug"], request.query.get("v", "")
        )
        if not self._desk.links.opens(target, request.query.get("k", "")):
            return sentence(403, said.SEALED)
        async with self._visitors.turn(request):
            return await self._set_out(request, target)

    async def _set_out(self, request: web.Request, target: Target) -> web.Response:
        spans, cited = spans_of(request.query.get("s", "")), request.query.get("r", "")
        read = await self._desk.read(target, spans, cited)
        own = self._desk.links.open_to_all(target.shelf)
        if read is None:
            return sentence(404, said.NOT_HERE) if own else sentence(410, said.TAKEN_OFF)
        address = f"{self._host or f'{request.scheme}://{request.host}'}{request.path_qs}"

        def drawn() -> web.Response:
            return page(
                "article.html", asks=own, **reading_of(read, spans, address, cited),
                cache=_AGAIN if own else "private, no-store", noindex=not own,
            )  # fmt: skip

        return await asyncio.to_thread(drawn)

    async def receipt(self, request: web.Request) -> web.Response:
        """Give the receipt of a quote, to whom its name opens it."""
        if refused := self._visitors.refusal(request):
            return refused
        async with self._visitors.turn(request):
            found = await self._desk.receipt(request.match_info["cited"])
        if found is None:
            return sentence(404, said.NO_SUCH_RECEIPT)
        text = json.dumps(found.to_json(), ensure_ascii=False, indent=1)
        response = web.Response(text=f"{text}\n", content_type="application/json")
        response.headers["Cache-Control"] = "private, no-store"
        response.headers["X-Robots-Tag"] = "noindex"
        return response


async def prepare_examples(desk: Desk) -> None:
    """Work out the examples, once for each version, so that the first visitor need not wait."""
    try:
        await desk.examples(Actor(OWN, "", chosen=OWN), EXAMPLES)
    except SummitQAError as error:
        log.warning("there are no examples to begin with: %s", error)


def _below(reply: Reply, given: Mapping[str, str]) -> dict[str, Any]:
    """Give what can be done with an answer: its buttons, and the addresses beside its own."""

    def beside(**other: str) -> str:
        states = {name: value for name, value in {**given, **other}.items() if value}
        return at(f"/?{urlencode(states)}")

    return {
        "turns": [
            (beside(turn=one.id), one.label) for one in reply.buttons if one.action in _TURNED
        ],
        "rated": {
            one.action: one for one in reply.buttons if one.action in _RATED and not reply.owed
        },
        "here": beside(),
        "answer": beside(turn="") if given["turn"] else "",
        "whole": at(f"/?{urlencode({'q': given['q']})}"),
    }


def _trust(reply: Reply, asked: str) -> str:
    """Give the small print without the question, which stands above."""
    question = strings.QUESTION_NOTE.format(question=" ".join(asked.split()))
    return reply.note.replace(question, "").strip(" ·")


async def _form(request: web.Request) -> dict[str, str]:
    """Read a form as browsers send it; what is none has no fields."""
    try:
        async with asyncio.timeout(_BODY_WITHIN):
            body = await request.read()
        return dict(parse_qsl(body.decode("ascii"), max_num_fields=_FIELDS))
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except ValueError:
        return {}


def _article_address(slug: str) -> str:
    return at(f"/a/{HOUSE}/{slug}")


def register(served: web.Application, settings: Settings, desk: Desk) -> None:
    """Add what is served."""
    prepare()
    pages = Pages(settings, desk)
    base = settings.web_path
    for home in {base or "/", f"{base}/"}:
        served.router.add_get(home, pages.home)
    served.router.add_post(f"{base}/press", pages.press)
    served.router.add_get(f"{base}/a/{{shelf}}/{{slug}}", pages.article)
    served.router.add_get(f"{base}/q/{{cited}}", pages.receipt)
    static.register(served, base)
