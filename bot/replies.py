"""From what the core answers to what is said in chat: pure conversions, no I/O."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from bot import redact, strings
from bot.reply import Button, Card, Moment, Person, Reply
from bot.state import Asked
from index.build import Progress, Report
from summitqa.answer import Answer
from summitqa.article import Citation
from summitqa.counting import counted
from summitqa.errors import GateError, IndexBusyError, RejectedError, SummitQAError
from summitqa.library import Library

PAGE = 3
_CANCEL = Button("cancel", "reindex", strings.BUTTON_CANCEL)


def answered(answer: Answer, ref: str, *, private: bool, shown: int = PAGE) -> Reply:
    """Set the best passage whole, its quote singled out, and the next ones as quotes alone."""
    return _answered(stored(citations(answer, shown)), small_print(answer), ref, private=private)


def shown(asked: Asked) -> Reply:
    """Set an answer word for word as it was shown, from what is kept of it."""
    # One that was kept before its small print was has the question at least.
    note = asked.note or strings.QUESTION_NOTE.format(question=asked.question)
    return _answered(stored(asked.cited), note, asked.ref, private=asked.private)


def marked(asked: Asked, mark: str) -> Reply:
    """Set an answer that has changed since: as it was shown, and which of its quotes changed."""
    again = Button("again", asked.ref, strings.BUTTON_AGAIN)
    return replace(shown(asked), text=mark, buttons=(again,))


def citations(answer: Answer, shown: int) -> list[Sequence[str | int | None]]:
    """Give what is kept of the citations that are shown (``Asked.cited``)."""
    matches = enumerate(answer.matches[:shown], start=1)
    return [_cited(match.citation, number) for number, match in matches]


def _cited(citation: Citation, number: int) -> Sequence[str | int | None]:
    """Keep what stands around the first quote alone, for it alone is shown in its passage."""
    sentence, one = citation.sentence, card(citation, number)
    place = (citation.article.slug, citation.passage.number, sentence.start, sentence.end)
    around = (one.before, one.after) if number == 1 else ("", "")
    return (*place, one.quote, one.label, one.url, *around)


def stored(kept: Sequence[Sequence[Any]]) -> tuple[Card, ...]:
    """Set citations as they are kept; the older ones without what stood around the quote."""
    return tuple(_card(*one) for one in kept)


def _card(
    _slug: str, _paragraph: int, _start: int, _end: int, quote: str, label: str,
    url: str | None, before: str = "", after: str = "",
) -> Card:  # fmt: skip
    return Card(label, before, quote, after, url)


def _answered(cards: tuple[Card, ...], note: str, ref: str, *, private: bool) -> Reply:
    buttons = [
        Button("context", ref, strings.BUTTON_CONTEXT),
        Button("more", f"{ref}.1", strings.BUTTON_MORE),
        *([Button("share", ref, strings.BUTTON_SHARE)] if private else []),
        Button("good", ref, strings.BUTTON_GOOD),
        Button("bad", ref, strings.BUTTON_BAD, form=strings.FORM_REASON),
    ]
    return Reply("", cards, note, tuple(buttons), private, ref)


def not_found(answer: Answer, ref: str, title: str | None, *, private: bool) -> Reply:
    """Say that the articles, or the one that was asked about, do not answer."""
    text = strings.NOT_FOUND if title is None else strings.NOT_FOUND_IN.format(title=title)
    if answer.language:
        text = strings.OTHER_LANGUAGE
    note = strings.NOT_FOUND_NOTE.format(question=answer.question)
    buttons = (Button("nearest", ref, strings.BUTTON_NEAREST),) if answer.matches else ()
    return Reply(text, note=note, buttons=buttons, private=private, ref=ref)


def about(library: Library, examples: Sequence[str]) -> str:
    """Tell what can be asked, and give a few questions to begin with."""
    records = library.store.records
    subject = strings.HELP_ARTICLES.format(articles=counted(len(records), *strings.ARTICLES))
    if len(records) == 1:
        subject = strings.HELP_ARTICLE.format(title=records[0]["title"])
    text = strings.HELP.format(about=subject)
    if examples:
        text += strings.HELP_EXAMPLES.format(examples=" ".join(f"“{one}”" for one in examples))
    return text


def page(answer: Answer, ref: str, number: int, *, heading: str = "") -> Reply:
    """Set a page of passages, the first being number 0, whole; with a button to the next."""
    first = number * PAGE
    shown = answer.matches[first : first + PAGE]
    if not shown:
        return notice(strings.NO_MORE)
    cards = tuple(card(match.citation, place) for place, match in enumerate(shown, start=first + 1))
    more = len(answer.matches) > first + PAGE
    buttons = (Button("more", f"{ref}.{number + 1}", strings.BUTTON_MORE),) if more else ()
    return Reply(heading, cards, buttons=buttons, private=True)


def passages(answer: Answer) -> Reply:
    """Set all passages that were found for a text, or say that they are only the nearest."""
    heading = strings.PASSAGES_OF if answer.found else strings.NEAREST
    found = [card(match.citation, place) for place, match in enumerate(answer.matches, start=1)]
    return Reply(heading, tuple(found), private=True)


def context(citation: Citation) -> Reply:
    """Set the paragraph before, the cited one with its quote, and the one after."""
    article, number = citation.article, citation.passage.number
    cards = []
    for passage in article.passages[max(0, number - 2) : number + 1]:
        if passage.number == number:
            cards.append(card(citation, 1))
        else:
            place = strings.PLACE.format(paragraph=passage.number)
            cards.append(
                Card(f"{article.title}, {place}", article.text[passage.start : passage.end], "", "")
            )
    return Reply(strings.CONTEXT, tuple(cards), private=True)


def card(citation: Citation, number: int) -> Card:
    """Set one citation: the passage around its quote, and the line that says where it stands."""
    article, passage, sentence = citation.article, citation.passage, citation.sentence
    place = strings.PLACE if passage.page is None else strings.PLACE_PAGE
    label = strings.CITATION.format(
        number=number,
        title=article.title,
        place=place.format(paragraph=passage.number, page=passage.page),
        date=f", {_day(article.published)}" if article.published else "",
    )
    return Card(
        label,
        article.text[passage.start : sentence.start],
        citation.quote,
        article.text[sentence.end : passage.end],
        citation.url,
    )


def notice(text: str, note: str = "") -> Reply:
    """Say one sentence to one person."""
    return Reply(text, note=note, private=True)


def started() -> Reply:
    """Say that a reindex has begun."""
    return Reply(strings.REINDEX_STARTED, buttons=(_CANCEL,))


def interrupted() -> Reply:
    """Say that a reindex was cut short, in place of its progress."""
    return Reply(strings.REINDEX_INTERRUPTED)


def progress(now: Progress, seconds: float) -> Reply:
    """Tell how far a reindex is; ``seconds`` since the phase began."""
    left = ""
    if 0 < now.done < now.total and seconds > 1:
        left = strings.REINDEX_LEFT.format(
            seconds=round(seconds / now.done * (now.total - now.done))
        )
    text = strings.REINDEX_PROGRESS.format(
        phase=strings.REINDEX_PHASES[now.phase], done=now.done, total=now.total, left=left
    )
    return Reply(text, buttons=(_CANCEL,))


def reindexed(report: Report) -> Reply:
    """Sum up a reindex."""
    counts = report.to_json()
    text = strings.REINDEX_DONE.format(**counts | {"seconds": f"{report.seconds:.1f}"})
    for read, said in ((False, strings.REINDEX_SKIPPED), (True, strings.REINDEX_AMISS)):
        reasons = [one.reason for one in report.skipped if one.read is read]
        if reasons:
            text += " " + said.format(count=len(reasons), first="; ".join(reasons[:3]))
    if not report.switched:
        return Reply(text, note=strings.REINDEX_UNCHANGED.format(version=report.index_version))
    note = strings.REINDEX_NOTE.format(
        version=report.index_version,
        reused=counted(report.reused, *strings.PASSAGES),
        embedded=report.embedded,
    )
    return Reply(text, note=note)


def explained(error: SummitQAError, secrets: tuple[str, ...], by: Person | None = None) -> Reply:
    """Say what an error says, no secret in it; what an admin can decide is offered.

    ``by`` had the reindex begun that runs in this process.
    """
    if isinstance(error, GateError):
        return _kept_aside(error)
    if isinstance(error, RejectedError):
        return _rejected(error)
    if isinstance(error, IndexBusyError) and error.since is not None:
        return _busy(Moment(error.since), by or error.who or "")
    return notice(redact.blank(str(error), secrets))


def _busy(when: Moment, who: Person | str) -> Reply:
    """Say since when and by whom the index is being changed."""
    named = who.words if isinstance(who, Person) else who
    values = (when, who) if isinstance(who, Person) else (when,)
    text = strings.REINDEX_BUSY.format(when=when.words, who=named)
    return Reply(text, private=True, values=values)


def _kept_aside(error: GateError) -> Reply:
    """Name a few of the questions that a new index would lose, and offer to switch to it."""
    more = len(error.lost) - PAGE
    text = strings.REINDEX_LOST.format(
        count=len(error.lost),
        first="; ".join(f"“{question}”" for question in error.lost[:PAGE]),
        more=strings.REINDEX_LOST_MORE.format(count=more) if more > 0 else "",
    )
    return _held_back(text, error.version)


def _rejected(error: RejectedError) -> Reply:
    """Say that a rollback holds, and offer to go forward again."""
    return _held_back(strings.REINDEX_REJECTED.format(version=error.version), error.version)


def _held_back(text: str, version: str) -> Reply:
    switch = Button("switch", version, strings.BUTTON_SWITCH)
    return Reply(text, note=strings.REINDEX_FORCE, buttons=(switch,))


def unanswered(groups: Sequence[tuple[str, int]]) -> Reply:
    """List questions nothing answered, each with how often it was asked, in like words or not."""
    if not groups:
        return notice(strings.UNANSWERED_NONE)
    lines = [f"{count} × {question}" for question, count in groups]
    return notice("\n".join([strings.UNANSWERED, *lines]))


def feedback(good: int, bad: int, reasons: Sequence[tuple[str, str]]) -> Reply:
    """Sum up the thumbs, with the newest complaints."""
    lines = [f"“{question}”{': ' + reason if reason else ''}" for question, reason in reasons]
    return notice("\n".join([strings.FEEDBACK.format(good=good, bad=bad), *lines]))


def small_print(answer: Answer) -> str:
    """Give the small print of an answer: the question, and how far to trust it."""
    return strings.ANSWER_NOTE.format(
        question=answer.question,
        band=strings.BANDS[answer.band],
        percent=percent(answer.confidence),
    )


def percent(probability: float) -> int:
    """Give a probability in per cent, never claiming to be certain."""
    return min(99, max(1, round(100 * probability)))


def _day(day: date) -> str:
    return f"{day.day} {strings.MONTHS[day.month - 1]} {day.year}"
