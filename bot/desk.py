"""What is said and done, for every platform: adapters only translate.

Every method is a coroutine that ends in a Reply fit to show, whatever goes wrong: an error
on purpose becomes its sentence, anything else a sentence with an error id that the log
explains. Model work runs in worker threads, never on the event loop.
"""

from collections.abc import Awaitable, Callable

from bot.permissions import Actor
from bot.reply import Reply

Show = Callable[[Reply], Awaitable[None]]


class Desk:
    """The one service behind Discord and Slack."""

    async def first_time(self, event: str) -> bool:
        """Remember an event's id; false where it was seen before (a redelivery)."""
        raise NotImplementedError

    async def ask(self, actor: Actor, question: str, *, article: str | None = None, private: bool = False) -> Reply:
        """Answer a question. ``article`` (a slug) scopes it; the thread's earlier questions help."""
        raise NotImplementedError

    async def find(self, actor: Actor, text: str) -> Reply:
        """Find the passages that speak of what somebody's message says; privately."""
        raise NotImplementedError

    async def press(self, actor: Actor, component: str, text: str = "") -> Reply:
        """A button was pressed: ``component`` is the ``Button.id``, ``text`` its form's line."""
        raise NotImplementedError

    async def titles(self, typed: str) -> tuple[tuple[str, str], ...]:
        """Give (slug, title) of at most 25 articles whose title or slug holds what was typed."""
        raise NotImplementedError

    async def reindex(self, actor: Actor, show: Show) -> Reply:
        """Rebuild from the sources; ``show`` is awaited with progress to set in place."""
        raise NotImplementedError

    async def status(self, actor: Actor) -> Reply:
        """Tell what is indexed (admins)."""
        raise NotImplementedError

    async def set_channel(self, actor: Actor, article: str | None) -> Reply:
        """Set or clear the default article of the actor's channel (its managers)."""
        raise NotImplementedError

    async def unanswered(self, actor: Actor) -> Reply:
        """List the questions of the last 7 days that nothing answered, grouped (admins)."""
        raise NotImplementedError

    async def feedback(self, actor: Actor) -> Reply:
        """Sum up the thumbs, with the reasons given (admins)."""
        raise NotImplementedError

    async def posted(self, reply: Reply, actor: Actor, message: str) -> None:
        """Remember the platform's id of the message that carries an answer."""
        raise NotImplementedError

    async def close(self) -> None:
        """Let go of threads and the database."""
        raise NotImplementedError
