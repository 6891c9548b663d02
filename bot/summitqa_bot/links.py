"""Links to the reading page: made where a citation is shown, checked where one is followed.

A link is a capability. Its seal tells when it ends and for which version of which article of
which shelf it was made, and is good for that alone, so that what one community was given opens
nothing of another's.
"""

import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from summitqa.settings import HOUSE, OFF
from summitqa_bot.asked import Asked
from summitqa_bot.settings import PUBLIC, Settings
from summitqa_bot.wording.reply import Card, Reply

if TYPE_CHECKING:
    from itsdangerous import Signer

Span = tuple[int, int]

MOST_SPANS = 12
"""How many quotes of an article a link lights, the cited one among them."""
OWN = "web"
"""The page as a platform: what it shows links to itself, without its address."""
_DAY = 86400
_SPAN = re.compile(r"([0-9]{1,9})-([0-9]{1,9})")
_SEAL = re.compile(r"([1-9][0-9]{0,11})\.[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Target:
    """What a link leads to: a version of an article (its slug); "" is the one in use."""

    shelf: str
    slug: str
    version: str


class Links:
    """Makes links and tells whether one opens what it is followed to.

    ``key`` gives the secret that they are sealed with; it is asked only where one is to be.
    ``clock`` tells the time in seconds since 1970.
    """

    def __init__(
        self, settings: Settings, key: Callable[[], str], clock: Callable[[], float] = time.time
    ) -> None:
        self._access = settings.page_access
        self._base = settings.web_path
        self._host = (settings.web_url or "").removesuffix(self._base)
        self._seconds = settings.web_days * _DAY
        self._secret = key
        self._clock = clock

    def prepare(self) -> None:
        """Ask for the key, so that nobody has to wait for it later."""
        _ = self._signer

    def on(self, reply: Reply, platform: str, shelf: str, version: str, ref: str = "") -> Reply:
        """Have what a reply quotes of a shelf's version open on the page, where there is one.

        ``ref`` names the remembered answer whose quotes these are.
        """
        return replace(reply, cards=self.on_cards(reply.cards, platform, shelf, version, ref))

    def on_answer(self, reply: Reply, asked: Asked) -> Reply:
        """Have what a remembered answer quotes open on the page, as it was cited."""
        return self.on(reply, asked.platform, asked.shelf, asked.version, asked.ref)

    def on_cards(
        self, cards: Sequence[Card], platform: str, shelf: str, version: str, ref: str = ""
    ) -> tuple[Card, ...]:
        """Have cards open on the page, each with the other quotes of its article beside its own."""
        cited = [card.cited for card in cards if card.cited]

        def linked(card: Card) -> Card:
            one = card.cited
            if one is None:
                return card
            beside = (other for other in cited if other.article == one.article)
            spans = list(dict.fromkeys((other.start, other.end) for other in (one, *beside)))
            make = self.path if platform == OWN else self.to
            link = make(
                Target(shelf, one.article, version), spans, f"{ref}.{one.number}" if ref else ""
            )
            return replace(card, url=link or card.url)

        return tuple(map(linked, cards))

    def to(self, target: Target, spans: Sequence[Span] = (), cited: str = "") -> str | None:
        """Give the address of a text on the page; ``None`` where there is no page to link to.

        ``spans``, the quote's own first, are lit; ``cited``: the ref of a remembered answer and
        the number of the quote in it, "ref.n".
        """
        path = self.path(target, spans, cited)
        return self._host + path if path and self._host else None

    def path(self, target: Target, spans: Sequence[Span] = (), cited: str = "") -> str | None:
        """Give the address as ``to`` does, as it is on the page's own host."""
        if self._access == OFF:
            return None
        lit = [f"{start}-{end}" for start, end in spans[:MOST_SPANS]]
        seal = "" if self.open_to_all(target.shelf) else self.seal(target)
        given = {"v": target.version, "s": ",".join(lit), "r": cited, "k": seal}
        query = urlencode({name: value for name, value in given.items() if value}, safe=",")
        parts = (f"?{query}" if query else "", f"#s{lit[0]}" if lit else "")
        names = f"{quote(target.shelf, safe='')}/{quote(target.slug, safe='')}"
        return f"{self._base}/a/{names}{''.join(parts)}"

    def opens(self, target: Target, seal: str) -> bool:
        """Tell whether who has this seal, or none (""), may read a text."""
        if self._access == OFF:
            return False
        if self.open_to_all(target.shelf):
            return True
        match = _SEAL.fullmatch(seal)
        if match is None:
            return False
        until = int(match[1])
        # As text: what decodes to the same bytes is another seal.
        sealed = hmac.compare_digest(self._sealed(target, until), seal)
        return sealed and self._clock() <= until

    def seal(self, target: Target) -> str:
        """Make the seal that opens a text for as many days as are set."""
        return self._sealed(target, int(self._clock()) + self._seconds)

    def open_to_all(self, shelf: str) -> bool:
        """Tell whether the texts of a shelf may be read without a seal."""
        return shelf == HOUSE and self._access == PUBLIC

    def _sealed(self, target: Target, until: int) -> str:
        # Written as JSON, no two of these are alike: a name may hold what parts them elsewhere.
        told = json.dumps([target.shelf, target.slug, target.version, until])
        return f"{until}.{self._signer.get_signature(told).decode()}"

    @cached_property
    def _signer(self) -> "Signer":
        from itsdangerous import Signer  # no question in the terminal is to wait for it

        return Signer(
            self._secret(), salt="summitqa.links", key_derivation="hmac",
            digest_method=hashlib.sha256,
        )  # fmt: skip


def spans_of(written: str) -> tuple[Span, ...]:
    """Read the spans of a link; what is none is left out, and so is what is beyond the most."""
    return tuple(islice(_spans(written.split(",")), MOST_SPANS))


def _spans(written: Sequence[str]) -> Iterator[Span]:
    for match in filter(None, map(_SPAN.fullmatch, written)):
        start, end = int(match[1]), int(match[2])
        if start < end:
            yield start, end
