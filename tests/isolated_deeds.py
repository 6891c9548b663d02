"""What people do in front of the desk, their own buttons and everybody else's pressed."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from isolated_world import WORDS, World, actor, questions, text

from summitqa_bot.service.desk import FORM_ACTIONS
from summitqa_bot.wording.reply import Filled, Reply
from summitqa_bot.wording.talk import Address


async def _ask(world: World, word: str, n: int, m: int) -> Any:
    asked = questions(word)[n % len(questions(word))]
    who = actor(word, manages=m % 7 == 0, thread=None if m % 5 == 0 else "C1:1.0")
    return await world.desk.ask(who, asked, article=world.slug(word, m), private=m % 3 == 0)


async def _hear(world: World, word: str, n: int, m: int) -> Any:
    said = [*questions(word), "help", "thanks", "hello there"]
    to = (Address.THREAD, Address.MENTION, Address.DIRECT, Address.OPEN)[m % 4]
    return await world.desk.hear(actor(word), said[n % len(said)], to)


async def _find(world: World, word: str, n: int, _m: int) -> Any:
    return await world.desk.find(actor(word), questions(word)[n % 10])


async def _press(world: World, word: str, n: int, m: int) -> Any:
    component = world.component(word, n, m)
    who = actor(word, manages=n % 2 == 0)
    if component.partition(":")[0] not in FORM_ACTIONS:
        return await world.desk.press(who, component, f"{word}reason{n % 5}")
    form = await world.desk.form(who, component)
    filled = Filled({
        "title": f"{word}named", "text": text(word, 1), "credit": f"{word}author",
        "name": f"{word}writer", "search": ["", f"the {word}pool", "the bridge"][n % 3],
    })  # fmt: skip
    return [form, await world.desk.fill(who, component, filled)]


async def _titles(world: World, word: str, n: int, _m: int) -> Any:
    typed = ["", *WORDS, "title", "slug"][n % 6]
    return await world.desk.titles(actor(word), typed)


async def _examples(world: World, word: str, n: int, _m: int) -> Any:
    return await world.desk.examples(actor(word), n % 5)


async def _add(world: World, word: str, n: int, m: int) -> Any:
    replaced = world.slug(word, m) if m % 3 == 0 else None
    how = {"instead_of": replaced} if replaced else {}
    return await world.add(actor(word, manages=m % 4 > 0), word, n % 3, **how)


async def _shelf(world: World, word: str, n: int, m: int) -> Any:
    who, slug = actor(word, manages=m % 4 > 0), world.slug(word, m) or "nothing"
    articles = world.desk.articles
    return await [
        lambda: articles.listing(who), lambda: articles.show(who, slug),
        lambda: articles.history(who), lambda: articles.rename(who, slug, f"{word}renamed{n % 3}"),
        lambda: articles.remove(who, slug),
    ][n % 5]()  # fmt: skip


async def _channel(world: World, word: str, _n: int, m: int) -> Any:
    slug = world.slug(word, m)
    return await world.desk.set_channel(actor(word, manages=m % 4 > 0), [slug] if slug else [])


async def _admin(world: World, word: str, n: int, m: int) -> Any:
    who, desk = actor(word, manages=m % 6 > 0), world.desk
    house = {"shelf": "house"} if m % 5 == 0 else {}
    return await [
        lambda: desk.unanswered(who), lambda: desk.feedback(who),
        lambda: desk.status(who, **house), lambda: desk.versions(who, **house),
        lambda: desk.verify(who, **house), lambda: desk.rollback(who, **house),
        lambda: desk.reindex(who, _untold, force=n % 2 == 0, **house), lambda: desk.forget(who),
        lambda: desk.report(who),
    ][n % 9]()  # fmt: skip


async def _choose(world: World, word: str, n: int, m: int) -> Any:
    who, choosing = actor(word, manages=m % 6 > 0), world.desk.choosing
    return await [
        lambda: choosing.show(who), lambda: choosing.house(who, m % 4 > 0),
        lambda: choosing.editors(who, "C1" if m % 3 else None, "U0SAME001" if m % 2 else None),
        lambda: choosing.editors(who, "C1", f"{word}helper"),
        lambda: choosing.weekly(who, "C1" if m % 3 else None),
        lambda: choosing.channel(who, answers=m % 5 > 0, unasked=m % 2 == 0),
        lambda: choosing.admin(who, f"{word}boss", named=m % 2 == 0),
    ][n % 7]()  # fmt: skip


async def aside(world: World, _word: str, _n: int, _m: int) -> Any:
    """Let pass the time in which the desk sets anew and tells what is to be, of everybody."""
    await world.aside()


async def _untold(_: Reply) -> None:
    """Progress is shown nowhere."""


VERBS: Sequence[Callable[[World, str, int, int], Awaitable[Any]]] = (
    _ask, _ask, _ask, _hear, _press, _press, _press, _press, _find, _titles, _examples, _add,
    _shelf, _shelf, _channel, _choose, _choose, _admin, _admin, _admin, aside, aside,
)  # fmt: skip
