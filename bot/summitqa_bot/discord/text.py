"""A Reply as Discord's message payload: escaping, layout and limits. Pure, no I/O.

Everything in a Reply is text, whoever wrote it, and none of it may become live. What is live
is ours alone: the bold quote, the citation's link and what makes small print small.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import quote as percent

from summitqa_bot import strings
from summitqa_bot.discord.escaping import clean, cut, cut_start, escape, units
from summitqa_bot.wording.reply import (
    Button,
    Card,
    Field,
    Form,
    Moment,
    Person,
    Reply,
    Value,
    pieces,
)

# https://discord.com/developers/docs/resources/message, .../components/reference.
# Lengths are held in UTF-16 units, the strictest way Discord could count them.
CONTENT = 2000
DESCRIPTION = 4096
EMBEDS = 10
EMBEDS_TOTAL = 6000
CALLED = 20
NOTE = 600  # small print must not crowd out the passages
SMALL = "-# "
LABEL = 300  # of a citation, so that a long title never crowds out its quote
URL = 1500
BUTTON_LABEL = 80
CUSTOM_ID = 100
BUTTONS = 25
BUTTONS_IN_ROW = 5
CHOICE = 100
CHOICES = 25
MODAL_TITLE = 45
MODAL_LABEL = 45
MODAL_FIELDS = 5
TEXT_INPUT = 4000
THREAD_NAME = 100

Payload = dict[str, Any]


def message(reply: Reply, users: Sequence[str] = (), roles: Sequence[str] = ()) -> Payload:
    """Convert a Reply to the body of a message: content, embeds, components.

    It mentions those ``users`` and ``roles``, by their ids, and nobody else.
    """
    cards = [card for card in reply.cards if _whole(card)]
    over = len(cards) - EMBEDS
    footer = strings.DISCORD_MORE.format(count=over) if over > 0 else ""
    calls = [*(f"<@{one}>" for one in users), *(f"<@&{one}>" for one in roles)][:CALLED]
    called = " ".join(calls)
    content = _content(reply, CONTENT - units(called) - 1)
    body = _body(reply, "\n".join(filter(None, (called, content))), _embeds(cards[:EMBEDS], footer))
    body["allowed_mentions"].update({"users": list(users), "roles": list(roles)} if calls else {})
    return body


def text_message(reply: Reply) -> Payload:
    """Convert a Reply to text alone, for a channel where the bot may not embed."""
    cards = [card for card in reply.cards if _whole(card)]
    head = _content(reply, CONTENT // 2 if cards else CONTENT)
    room = CONTENT - units(head) - 2 * len(cards)
    shown = [_description(card, share) for card, share in _shared(cards, room)]
    return _body(reply, "\n\n".join(part for part in [head, *shown] if part), [])


def _body(reply: Reply, content: str, embeds: list[Payload]) -> Payload:
    return {
        "content": content or ("" if embeds else strings.DISCORD_NOTHING),
        "embeds": embeds,
        "components": components(reply.buttons),
        "allowed_mentions": {"parse": []},
    }


def _content(reply: Reply, room: int) -> str:
    small = _small(" ".join(reply.note.split()), NOTE)
    head = _said(reply, room - units(small) - 1 if small else room)
    return f"{head}\n{small}" if head and small else head or small


def _said(reply: Reply, limit: int) -> str:
    """Fit a reply's line of text, a time and a person as each reader's client shows them."""
    text = reply.text.strip()
    live = "".join(_live(one) for one in pieces(text, reply.values))
    return live if reply.values and units(live) <= limit else cut(text, limit)


def _live(piece: str | Value) -> str:
    if isinstance(piece, Moment):
        return f"<t:{piece.seconds}:R>"
    if isinstance(piece, Person):
        return f"<@{piece.user}>" if piece.platform == "discord" else escape(piece.words)
    return escape(piece)


def _small(text: str, room: int) -> str:
    """Set small print into ``room`` units, line by line, for Discord ends it at a line's end."""
    lines = [line for line in clean(text).splitlines() if line.strip()]
    fitted = cut("\n".join(lines), room - len(SMALL) * len(lines)).splitlines()
    return "\n".join(f"{SMALL}{line}" for line in fitted)


def _embeds(cards: Sequence[Card], footer: str) -> list[Payload]:
    room = EMBEDS_TOTAL - units(footer)
    embeds: list[Payload] = [
        {"type": "rich", "description": _description(card, share)}
        for card, share in _shared(cards, room)
    ]
    if embeds and footer:
        embeds[-1]["footer"] = {"text": footer}
    return embeds


@lru_cache(maxsize=64)
def _whole(card: Card) -> str:
    """Give all of a card as shown; empty where it has nothing to show."""
    around = (_small(card.lead, EMBEDS_TOTAL), _small(card.rest, EMBEDS_TOTAL))
    return _laid(_passage(card, EMBEDS_TOTAL), _citation(card, link=True), *around)


def _laid(passage: str, citation: str, lead: str, rest: str) -> str:
    return "\n".join(part for part in (lead, passage, citation, rest) if part)


def _shared(cards: Sequence[Card], room: int) -> list[tuple[Card, int]]:
    """Share room among cards: each gets what it needs, or an even part of what is left."""
    needs = [min(units(_whole(card)), DESCRIPTION) for card in cards]
    return list(zip(cards, _shares(needs, room), strict=True))


def _shares(needs: Sequence[int], room: int) -> list[int]:
    shares = [0] * len(needs)
    for left, place in zip(
        range(len(needs), 0, -1), sorted(range(len(needs)), key=needs.__getitem__), strict=True
    ):
        shares[place] = min(needs[place], max(0, room) // left)
        room -= shares[place]
    return shares


def _description(card: Card, room: int) -> str:
    """Lay a card out: the quote in bold, then the citation line, small print around both."""
    whole = _whole(card)
    if units(whole) <= room:
        return whole
    citation = _citation(card, link=True)
    if units(citation) > room // 2:
        citation = cut(card.label, min(LABEL, room // 3))
    passage = _passage(card, room - units(citation) - 1)
    left = room - units(citation) - units(passage) - 3
    lead = _small(card.lead, left)
    return _laid(passage, citation, lead, _small(card.rest, left - units(lead)))


def _passage(card: Card, room: int) -> str:
    """Set a passage into ``room`` units: the quote before all else, then what stands around."""
    before, quote, after = _parted(card)
    kept = cut(quote, room - 4)
    bold = f"**{kept}**" if quote else ""
    if kept.endswith("…") and not quote.endswith("…"):
        return bold  # what follows a quote does not follow its first half
    left = max(0, room - units(bold))
    needs = [units(cut_start(before, DESCRIPTION)), units(cut(after, DESCRIPTION))]
    head, tail = _shares(needs, left)
    return f"{cut_start(before, head)}{bold}{cut(after, tail)}".strip()


def _parted(card: Card) -> tuple[str, str, str]:
    """Move the white space at a quote's ends outside, where bold markers need none."""
    quote = card.quote.strip()
    if not quote:
        return "", "", card.before + card.quote + card.after
    start = card.quote.index(quote)
    end = start + len(quote)
    return card.before + card.quote[:start], quote, card.quote[end:] + card.after


def _citation(card: Card, *, link: bool) -> str:
    label = cut(" ".join(card.label.split()), LABEL)
    url = _target(card.url) if link and label else None
    return f"[{label}]({url})" if url else label


def _target(url: str | None) -> str | None:
    """Make a URL fit to stand in a masked link, or give None where it cannot be one."""
    if url is None or not re.match(r"https?://[^\s/]", url):
        return None
    safe = percent(url, safe="%/:?#@!$&'+,;=~-._", errors="replace")
    return safe if len(safe) <= URL else None


def components(buttons: Sequence[Button]) -> list[Payload]:
    """Convert buttons to rows of five; the id alone carries what a press needs."""
    usable = {one.id: one for one in buttons if 0 < units(one.id) <= CUSTOM_ID}
    shown = [_button(one) for one in list(usable.values())[:BUTTONS]]
    rows = [shown[at : at + BUTTONS_IN_ROW] for at in range(0, len(shown), BUTTONS_IN_ROW)]
    return [{"type": 1, "components": row} for row in rows]


def _button(button: Button) -> Payload:
    return {"type": 2, "style": 2, "label": _spoken(button), "custom_id": button.id}


def _spoken(button: Button) -> str:
    """Give a label that a screen reader can say: never a sign alone."""
    label = " ".join(button.label.split())
    if not any(char.isalnum() for char in label):
        label = f"{label} {button.action}".strip()
    return cut(label, BUTTON_LABEL, live=False)


def modal(custom_id: str, title: str, prompt: str) -> Payload:
    """Lay out a form of one optional short line."""
    entry = {"type": 4, "custom_id": "text", "style": 1, "required": False, "max_length": 300}
    return {
        "custom_id": custom_id,
        "title": _line(title, MODAL_TITLE),
        "components": [{"type": 18, "label": _line(prompt, MODAL_LABEL), "component": entry}],
    }


def form(form: Form) -> Payload:
    """Lay out a form; each field's value comes back under the field's name."""
    return {
        "custom_id": form.component,
        "title": _line(form.title, MODAL_TITLE),
        "components": [
            {"type": 18, "label": _line(field.label, MODAL_LABEL), "component": _field(field)}
            for field in form.fields[:MODAL_FIELDS]
        ],
    }


def _field(field: Field) -> Payload:
    entry: Payload = {"custom_id": field.name, "required": field.required}
    if field.kind == "file":
        return {"type": 19, **entry}
    style = 2 if field.kind == "text" else 1
    value = cut(field.value, TEXT_INPUT, live=False)
    return {"type": 4, "style": style, "max_length": TEXT_INPUT, "value": value, **entry}


def thread_name(question: str) -> str:
    """Name a thread after its question."""
    return _line(question, THREAD_NAME)


def choices(titles: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Convert (slug, title) pairs to (name, value) choices within Discord's limits."""
    fitting = [(slug, title) for slug, title in titles if 0 < units(slug) <= CHOICE]
    return [(_line(title, CHOICE, slug), slug) for slug, title in fitting[:CHOICES]]


def _line(text: str, limit: int, otherwise: str = "") -> str:
    line = " ".join(clean(text).split()) or clean(otherwise) or strings.DISCORD_QUESTION
    return cut(line, limit, live=False)
