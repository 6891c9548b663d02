"""From what is on a shelf, or would be, to what is said of it in chat: pure conversions, no I/O."""

from collections.abc import Sequence
from datetime import UTC, datetime

from summitqa.article import Article, Passage
from summitqa.counting import counted
from summitqa.settings import HOUSE
from summitqa_bot import strings
from summitqa_bot.service.shelves import Shelf
from summitqa_bot.strings import articles as said
from summitqa_bot.wording.cards import day
from summitqa_bot.wording.reply import Button, Card, Field, Form, Moment, Person, Reply, Value
from summitqa_index.build import Report
from summitqa_index.catalogue import Change, Entry
from summitqa_index.previewing import Preview

_LISTED = 25
_NAMED = 3
_CHANGES = 20


def listed(own: str, asked: Sequence[Shelf]) -> Reply:
    """Name the articles of a community's shelf, and of the house shelf beside it."""
    mine = next((one.library.store for one in asked if one.name == own), None)
    house = next((one.library.store for one in asked if one.name == HOUSE), None)
    lines = [said.LIST_EMPTY]
    if mine is not None:
        facts = mine.facts
        lines = [
            said.LIST.format(
                articles=counted(facts["articles"], *strings.ARTICLES),
                passages=counted(facts["passages"], *strings.PASSAGES),
            ),
            *(_line(mine.article(slug)) for slug in mine.slugs[:_LISTED]),
            *_more(len(mine.slugs) - _LISTED),
        ]
    if house is not None:
        titles = [f"“{house.article(slug).title}”" for slug in house.slugs[:_NAMED]]
        titles += _more(len(house.slugs) - _NAMED)
        lines.append(said.LIST_HOUSE.format(titles=", ".join(titles)))
    return Reply("\n".join(lines), private=True)


def shown(entry: Entry, article: Article | None) -> Reply:
    """Tell of one article of a shelf, and how it begins and ends."""
    put = Moment(entry.at)
    text = said.SHOWN.format(
        title=article.title if article else entry.title or entry.name,
        slug=entry.slug,
        passages=counted(len(article.passages) if article else 0, *strings.PASSAGES),
        source=entry.name if entry.blob else entry.url,
        at=put.words,
        by=said.SHOWN_BY.format(name=entry.by) if entry.by else "",
    )
    note = _facts(article) if article else ""
    return Reply(text, _ends(article), note, private=True, values=(put,))


def history(lines: Sequence[tuple[datetime, str, str]]) -> Reply:
    """Tell what was changed on a shelf lately: when, who (``platform:user``), which action."""
    lines = [line for line in lines if _what(line[2])][:_CHANGES]
    if not lines:
        return Reply(said.HISTORY_NONE, private=True)
    told: list[str] = [said.HISTORY]
    values: list[Value] = []
    for at, who, action in lines:
        platform, _, user = who.partition(":")
        person = Person(platform, user) if platform in strings.SOMEBODY else None
        when, by = Moment(at.replace(tzinfo=UTC)), person.words if person else who
        told.append(said.HISTORY_LINE.format(at=when.words, what=_what(action), who=by))
        values += [when, person] if person else [when]
    return Reply("\n".join(told), private=True, values=tuple(values))


def made_by(change: Change) -> str:
    """Name the making of a change, as the audit log has it and ``history`` reads it."""
    entry = change.after or change.before
    return f"put {_kind(change)} {entry.slug or entry.name if entry else ''}"


def previewed(preview: Preview, same: str | None = None) -> Reply:
    """Show what a change would do, for an admin to make it or not.

    ``same`` names an article of the same bytes that is on the shelf.
    """
    change, ref = preview.change, preview.change.ref
    lines = [_headline(preview)]
    if preview.article is not None and _is_new(change):
        lines.append(_facts(preview.article))
    if same is not None:
        lines.append(said.PREVIEW_SAME.format(slug=same))
    if change.before is not None and change.after is not None and _is_new(change):
        lines.append(_changed(preview))
    if preview.trouble:
        lines.append(said.PREVIEW_TROUBLE.format(trouble=preview.trouble))
    if preview.lost is not None:
        lines.append(_verdict(preview.lost))
    label = said.BUTTON_PUT if change.before is None else said.BUTTON_MAKE
    buttons = [Button("put", ref, label), Button("drop", ref, said.BUTTON_DROP)]
    if change.after is not None:
        buttons.insert(1, Button("details", ref, said.BUTTON_DETAILS))
    cards = _ends(preview.article) if change.after and _is_new(change) else ()
    return Reply("\n".join(lines), cards, said.PREVIEW_NOTE, tuple(buttons), private=True)


def made(change: Change, report: Report, article: Article | None) -> Reply:
    """Say what was done, and offer to undo it."""
    if not report.switched:
        return Reply(said.DONE_SAME, private=True)
    undo = Button("undo", f"{report.index_version or ''}/{report.before or ''}", said.BUTTON_UNDO)
    return Reply(_done(change, article), buttons=(undo,), private=True)


def adding(component: str) -> Form:
    """Give the form for what is to be put on the shelf."""
    return Form(
        component,
        said.FORM_ADD,
        (
            Field("file", said.FIELD_FILE, "file"),
            Field("page", said.FIELD_URL),
            Field("text", said.FIELD_TEXT, "text"),
            Field("title", said.FIELD_TITLE),
            Field("credit", said.FIELD_CREDIT),
        ),
    )


def details(component: str, entry: Entry) -> Form:
    """Give the form for what an admin knows of an article, with what they have said already."""
    day_said = entry.published.isoformat() if entry.published else ""
    link = [Field("link", said.FIELD_LINK, value=entry.url or "")] if entry.blob else []
    return Form(
        component,
        said.FORM_DETAILS,
        (
            Field("title", said.FIELD_TITLE, value=entry.title or ""),
            Field("date", said.FIELD_DATE, value=day_said),
            *link,
            Field("credit", said.FIELD_CREDIT, value=entry.credit or ""),
        ),
    )


def _headline(preview: Preview) -> str:
    change, article = preview.change, preview.article
    slug = change.before.slug if change.before else ""
    if article is None:
        gone = counted(len(preview.changes.passages), *strings.PASSAGES)
        return said.PREVIEW_REMOVE.format(slug=slug, passages=gone)
    if change.before is None:
        form = said.PREVIEW_ADD
    else:
        form = said.PREVIEW_REPLACE if _is_new(change) else said.PREVIEW_RENAME
    passages = counted(preview.passages, *strings.PASSAGES)
    return form.format(slug=slug, title=article.title, passages=passages)


def _done(change: Change, article: Article | None) -> str:
    if change.after is None or article is None:
        return said.DONE_REMOVE.format(slug=change.before.slug if change.before else "")
    if change.before is None:
        form = said.DONE_ADD
    else:
        form = said.DONE_REPLACE if _is_new(change) else said.DONE_RENAME
    passages = counted(len(article.passages), *strings.PASSAGES)
    return form.format(title=article.title, passages=passages)


def _what(action: str) -> str:
    """Say what an action of the audit log changed; nothing for one that changed nothing."""
    if action.startswith("put "):
        _, kind, about = (*action.split(" ", 2), "")[:3]
        return said.HISTORY_WHAT.get(f"put {kind}", "").format(about=about)
    return said.HISTORY_WHAT.get(action.partition(" ")[0] if "," not in action else "", "")


def _kind(change: Change) -> str:
    if change.after is None:
        return "remove"
    if change.before is None:
        return "add"
    return "replace" if _is_new(change) else "rename"


def _is_new(change: Change) -> bool:
    """Tell whether other bytes, or another page, are to be read than before."""
    before, after = change.before, change.after
    if before is None or after is None:
        return True
    return (before.blob, before.url) != (after.blob, after.url) or before.ref != after.ref


def _changed(preview: Preview) -> str:
    passages = preview.changes.passages
    return said.PREVIEW_CHANGES.format(
        added=sum(one.old is None for one in passages),
        changed=sum(one.old is not None and one.new is not None for one in passages),
        removed=sum(one.new is None for one in passages),
    )


def _verdict(lost: Sequence[str]) -> str:
    if not lost:
        return said.PREVIEW_KEPT
    first = "; ".join(f"“{question}”" for question in lost[:_NAMED])
    more = strings.REINDEX_LOST_MORE.format(count=len(lost) - _NAMED)
    return said.PREVIEW_LOST.format(
        count=len(lost), first=first, more=more if len(lost) > _NAMED else ""
    )


def _facts(article: Article) -> str:
    """Tell what is known of an article beside its text, and name what is not."""
    known = {
        "date": day(article.published) if article.published else None,
        "link": article.url,
        "credit": article.credit,
    }
    told = [said.FACTS[name].format(value) for name, value in known.items() if value]
    if unsaid := ", ".join(name for name, value in known.items() if not value):
        told.append(said.FACTS_UNSAID.format(names=unsaid))
    return " · ".join(told)


def _ends(article: Article | None) -> tuple[Card, ...]:
    """Set the first and the last sentence of an article."""
    if article is None:
        return ()
    first, last = article.passages[0], article.passages[-1]
    ends = [_sentence(article, first, said.PREVIEW_FIRST, 0)]
    if len(article.passages) > 1 or len(first.sentences) > 1:
        ends.append(_sentence(article, last, said.PREVIEW_LAST, -1))
    return tuple(ends)


def _sentence(article: Article, passage: Passage, label: str, which: int) -> Card:
    sentence = passage.sentences[which]
    quote = article.text[sentence.start : sentence.end]
    return Card(label.format(paragraph=passage.number), "", quote, "")


def _line(article: Article) -> str:
    return said.LIST_LINE.format(
        title=article.title,
        slug=article.slug,
        passages=counted(len(article.passages), *strings.PASSAGES),
        date=f" · {day(article.published)}" if article.published else "",
    )


def _more(count: int) -> list[str]:
    return [said.LIST_MORE.format(count=count)] if count > 0 else []
