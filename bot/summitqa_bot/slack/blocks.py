"""A Reply as a Slack message: Block Kit blocks and their fallback text, nothing else.

Nothing of a reply is ever parsed: passages are ``rich_text`` blocks, whose text elements
Slack shows as they are, and the fallback is escaped and stripped of formatting characters.
Lengths are counted in UTF-16 units, the largest of the ways Slack might count.
"""

import re
from collections.abc import Sequence
from typing import Any

from summitqa_bot import strings
from summitqa_bot.slack.named import Channel
from summitqa_bot.wording.reply import Button, Card, Moment, Person, Reply, Value, pieces

Block = dict[str, Any]

# docs.slack.dev, reference of each block, element and object; "fallback" is what
# chat.postMessage recommends for `text`, "total" the most all blocks of a message may hold
# together before msg_blocks_too_long, which Slack states for the markdown block alone.
MAX_BLOCKS = 50
MAX_TEXT = 3000
MAX_TOTAL = 12_000
MAX_FALLBACK = 4000
MAX_BUTTON = 75
MAX_VALUE = 2000
MAX_ACTION_ID = 255
MAX_ACTIONS = 25
MAX_URL = 3000

MAX_CARDS = 15
MAX_CALLED = 50
MAX_LABEL = 300
MAX_NOTE = 1000
FORM = "\n"
WHEN = "{date_short_pretty} at {time}"

# A line's own white space only: what reached over lines would be tried anew from each of them.
_QUOTING = re.compile(r"^[^\S\n]*>", re.MULTILINE)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_SENTENCE_END = re.compile(r"[.!?…][”’\"')\]]*(?=\s|$)")
_USER = re.compile(r"[UW][A-Z0-9]+")
_WORD_END = re.compile(r"\S(?=\s|$)")
# mrkdwn has no escape for its own characters, so that each gives way to one that looks like it.
_LOOKALIKES = str.maketrans({"*": "∗", "_": "ˍ", "~": "∼", "`": "ˋ"})


def message(reply: Reply, people: Sequence[str] = ()) -> dict[str, Any]:
    """Give ``text`` and ``blocks`` of the message that shows ``reply``, and calls people."""
    return {"text": fallback(reply), "blocks": blocks(reply, people)}


def blocks(reply: Reply, people: Sequence[str] = ()) -> list[Block]:
    """Lay a reply out: its text, small print, its passages with their citations, buttons.

    Only ``people``, by their ids, are called by it, and stand above it.
    """
    cards, over = reply.cards[:MAX_CARDS], len(reply.cards) - MAX_CARDS
    note = cut(clean(reply.note), MAX_NOTE)
    text = cut(clean(reply.text), MAX_TEXT if cards else MAX_TOTAL - MAX_NOTE)
    room = MAX_TOTAL - size(text) - size(note)
    said = [span for one in pieces(text, reply.values) for span in _set(one)]
    shown = [*_called(people), *([_rich([_section(said)])] if text.strip() else [])]
    shown += _small(note)
    shown += [block for card in cards for block in _card(card, room // len(cards))]
    shown += _small(strings.SLACK_MORE_CARDS.format(count=over)) if over > 0 else []
    shown += _actions(reply.buttons, MAX_BLOCKS - len(shown))
    return shown or [_rich([_section([_text(strings.SLACK_EMPTY)])])]


def _called(people: Sequence[str]) -> list[Block]:
    ids = [one for one in dict.fromkeys(people) if _USER.fullmatch(one)][:MAX_CALLED]
    users = [[{"type": "user", "user_id": one}, _text(" ")] for one in ids]
    return [_rich([_section([part for user in users for part in user])])] if users else []


def fallback(reply: Reply) -> str:
    """Say a reply in one text, for notifications and screen readers: the answer, then the rest."""
    lines = [reply.text]
    for card in reply.cards:
        words = (card.quote or card.before + card.after).strip()
        lines.append(f"“{words}” — {card.label}" if words else card.label)
        around = card.before + card.quote + card.after if card.before or card.after else ""
        lines += [around if card.quote else "", card.lead, card.rest]
    lines.append(reply.note)
    said = "\n".join(line for line in lines if line.strip())
    return escape(said or strings.SLACK_EMPTY, MAX_FALLBACK)


def escape(text: str, limit: int) -> str:
    """Make text inert where Slack parses it, in at most ``limit`` characters."""
    raw = _QUOTING.sub("›", clean(text)).translate(_LOOKALIKES)
    while size(safe := _entities(raw)) > limit:
        raw = cut(raw, min(size(raw) - 1, size(raw) * limit // size(safe)))
    return safe


def clean(text: str) -> str:
    """Replace what no message can carry: control characters and halves of surrogate pairs."""
    return _CONTROLS.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def size(text: str) -> int:
    """Count the UTF-16 units of a text."""
    return len(text) + sum(character > "\uffff" for character in text)


def cut(text: str, limit: int) -> str:
    """Shorten text to ``limit`` at the end of a sentence, else of a word, marked with "…"."""
    if size(text) <= limit:
        return text
    head = _take(text, limit - 1)
    return head[: _end(head)].rstrip() + "…" if limit > 0 else ""


def cut_start(text: str, limit: int) -> str:
    """Shorten text from its start, at a sentence's, else a word's."""
    if size(text) <= limit:
        return text
    tail = _take(text[::-1], limit - 1)[::-1] if limit > 1 else ""
    starts = [match.end() for match in _SENTENCE_END.finditer(tail)]
    early = [start for start in starts if start < len(tail) // 2]
    at = early[0] if early else max(tail.find(" "), 0)
    return "…" + tail[at:].lstrip() if limit > 0 else ""


def _end(head: str) -> int:
    for pattern in (_SENTENCE_END, _WORD_END):
        ends = [match.end() for match in pattern.finditer(head)]
        # The last "word" of a cut text may be half a word, which ends at the cut itself.
        whole = [end for end in ends if end < len(head)]
        if whole and whole[-1] > len(head) // 2:
            return whole[-1]
    return len(head)


def _take(text: str, limit: int) -> str:
    head = text[: max(limit, 0)]
    over = size(head) - max(limit, 0)
    while over > 0:
        over -= size(head[-1])
        head = head[:-1]
    return head


def _entities(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _fit(card: Card, limit: int) -> tuple[str, str, str]:
    """Cut what stands around the quote before the quote itself."""
    before, quote, after = clean(card.before), clean(card.quote), clean(card.after)
    if not quote:
        return cut(before + after, limit), "", ""
    quote = cut(quote, limit)
    room = limit - size(quote)
    before = cut_start(before, max(room // 2, room - size(after)))
    return before, quote, cut(after, room - size(before))


def _card(card: Card, room: int) -> list[Block]:
    """Lay a card out: the quote in bold, then the citation, small print around both."""
    label = cut(clean(card.label), min(MAX_LABEL, max(room // 3, 1)))
    room -= size(label)
    before, quote, after = _fit(card, min(MAX_TEXT, room))
    words = [*_spans(before), *_spans(quote, bold=True), *_spans(after)]
    elements = [{"type": "rich_text_quote", "elements": words}] if words else []
    room -= size(before + quote + after)
    lead = cut(clean(card.lead), min(MAX_NOTE, room))
    rest = cut(clean(card.rest), min(MAX_NOTE, room - size(lead)))
    shown = _rich([*elements, _section([_citation(label, card.url)])])
    return [*_small(lead), shown, *_small(rest)]


def _citation(label: str, url: str | None) -> Block:
    if url and len(url) <= MAX_URL and re.match(r"https?://", url) and label:
        return {"type": "link", "url": url, "text": label}
    return _text(label or "—")


def _spans(text: str, *, bold: bool = False) -> list[Block]:
    spans = []
    while text:
        piece = _take(text, MAX_TEXT)
        spans.append(_text(piece, bold=bold))
        text = text[len(piece) :]
    return spans


def _set(piece: str | Value) -> list[Block]:
    """Set text as it stands, a time and a person as each reader's client shows them."""
    if isinstance(piece, Moment):
        return [
            {"type": "date", "timestamp": piece.seconds, "format": WHEN, "fallback": piece.words}
        ]
    if isinstance(piece, Channel):
        return [{"type": "channel", "channel_id": piece.user}]
    if isinstance(piece, Person):
        ours = piece.platform == "slack"
        return [{"type": "user", "user_id": piece.user} if ours else _text(piece.words)]
    return _spans(piece)


def _text(text: str, *, bold: bool = False) -> Block:
    element: Block = {"type": "text", "text": text}
    return element | {"style": {"bold": True}} if bold else element


def _section(elements: list[Block]) -> Block:
    return {"type": "rich_text_section", "elements": elements}


def _rich(elements: list[Block]) -> Block:
    return {"type": "rich_text", "elements": elements}


def _small(text: str) -> list[Block]:
    return [{"type": "context", "elements": [plain_text(text)]}] if text.strip() else []


def plain_text(text: str, limit: int = MAX_TEXT) -> Block:
    """Give a text object that Slack shows as it is."""
    return {"type": "plain_text", "text": cut(clean(text), limit) or "—", "emoji": False}


def _actions(buttons: tuple[Button, ...], room: int) -> list[Block]:
    distinct = list({button.id: button for button in buttons}.values())
    rows = [distinct[at : at + MAX_ACTIONS] for at in range(0, len(distinct), MAX_ACTIONS)]
    return [{"type": "actions", "elements": [_button(one) for one in row]} for row in rows[:room]]


def _button(button: Button) -> Block:
    """Carry the form's question in the value, so that a press needs nothing remembered."""
    value = button.id if button.form is None else button.id + FORM + button.form
    return {
        "type": "button",
        "text": plain_text(button.label, MAX_BUTTON),
        "accessibility_label": cut(clean(button.label), MAX_BUTTON) or "—",
        "action_id": _take(clean(button.id), MAX_ACTION_ID),
        "value": _take(clean(value), MAX_VALUE),
    }
