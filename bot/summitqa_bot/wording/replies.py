"""From what the core answers to what is said in chat: pure conversions, no I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from summitqa.answer import Answer, Band, Match
from summitqa.article import Article, Citation, Passage
from summitqa.counting import counted
from summitqa.errors import (
    GateError,
    IndexBusyError,
    IndexMissingError,
    RejectedError,
    SummitQAError,
)
from summitqa.library import Library
from summitqa_bot import redact, strings
from summitqa_bot.asked import Asked
from summitqa_bot.wording import cards
from summitqa_bot.wording.reply import Button, Card, Moment, Person, Reply
from summitqa_index.build import Progress, Report

PAGE = 3
_CANCEL = Button("cancel", "reindex", strings.BUTTON_CANCEL)


def answered(answer: Answer, ref: str, *, private: bool, shown: int = PAGE) -> Reply:
    """Set the passages that are worth it, at most so many, each with its quote first."""
    found = [match.citation for match in answer.worth_showing(shown)]
    set_out = tuple(cards.excerpt(one, number) for number, one in enumerate(found, start=1))
    return _answered(
        set_out, caution(answer), small_print(answer), ref,
        private=private, more=answer.more_beside(shown),
    )  # fmt: skip


def kept(answer: Answer, shown: int) -> dict[str, Any]:
    """Give what is kept of an answer as it is shown, by the names of ``Asked``."""
    found = [match.citation for match in answer.worth_showing(shown)]
    return {
        **cards.kept(found),
        "caution": caution(answer),
        "note": small_print(answer),
        "more": answer.more_beside(shown),
    }


def shown(asked: Asked) -> Reply:
    """Set an answer word for word as it was shown, from what is kept of it."""
    # One that was kept before its small print was has the question at least.
    note = asked.note or strings.QUESTION_NOTE.format(question=asked.question)
    return _answered(
        cards.shown(asked), asked.caution, note, asked.ref,
        private=asked.private, more=asked.more,
    )  # fmt: skip


def headed(mark: str, shown: Reply) -> Reply:
    """Say above an answer which of its quotes have changed since it was shown, if any."""
    return replace(shown, text="\n".join(one for one in (mark, shown.text) if one))


def marked(asked: Asked, mark: str) -> Reply:
    """Set an answer that has changed since: as it was shown, and which of its quotes changed."""
    again = Button("again", asked.ref, strings.BUTTON_AGAIN)
    return replace(headed(mark, shown(asked)), buttons=(again,))


def _answered(
    passages: tuple[Card, ...], caution: str, note: str, ref: str, *, private: bool, more: bool
) -> Reply:
    buttons = [
        Button("context", ref, strings.BUTTON_CONTEXT),
        *([Button("more", f"{ref}.1", strings.BUTTON_MORE)] if more else []),
        *([Button("share", ref, strings.BUTTON_SHARE)] if private else []),
        Button("good", ref, strings.BUTTON_GOOD),
        Button("bad", ref, strings.BUTTON_BAD, form=strings.FORM_REASON),
    ]
    return Reply(caution, passages, note, tuple(buttons), private, ref)


def not_found(
    answer: Answer, ref: str, titles: Sequence[str], *, private: bool, handed: bool = False
) -> Reply:
    """Say that the articles, or those that were asked about, do not answer.

    ``handed``: people have the question now.
    """
    text = strings.NOT_FOUND
    if len(titles) == 1:
        text = strings.NOT_FOUND_IN.format(title=titles[0])
    elif titles:
        text = strings.NOT_FOUND_AMONG.format(titles=titled(titles))
    if answer.language:
        text = strings.OTHER_LANGUAGE
    form = strings.HANDED_ON_NOTE if handed else strings.NOT_FOUND_NOTE
    note = form.format(question=answer.question)
    buttons = (Button("nearest", ref, strings.BUTTON_NEAREST),) if answer.matches else ()
    return Reply(text, note=note, buttons=buttons, private=private, ref=ref)


def titled(titles: Sequence[str]) -> str:
    """Name articles by their titles."""
    return ", ".join(f"“{title}”" for title in titles)


def about(library: Library, examples: Sequence[str]) -> str:
    """Tell what can be asked, and give a few questions to begin with."""
    shelf = library.store
    subject = strings.HELP_ARTICLES.format(articles=counted(len(shelf.slugs), *strings.ARTICLES))
    if len(shelf.slugs) == 1:
        subject = strings.HELP_ARTICLE.format(title=shelf.article(shelf.slugs[0]).title)
    text = strings.HELP.format(about=subject)
    if examples:
        text += strings.HELP_EXAMPLES.format(examples=" ".join(f"“{one}”" for one in examples))
    return text


def page(matches: Sequence[Match], number: int, ref: str, *, heading: str = "") -> Reply:
    """Set the first few of the passages not shown yet, ``number`` that of the first of them.

    ``ref`` is what the button to the next page is about, where there are more.
    """
    if not matches:
        return notice(strings.NO_MORE)
    set_out = _numbered(matches[:PAGE], number)
    more = Button("more", ref, strings.BUTTON_MORE)
    return Reply(heading, set_out, buttons=(more,) if len(matches) > PAGE else (), private=True)


def passages(answer: Answer) -> Reply:
    """Set all passages that were found for a text, or say that they are only the nearest."""
    heading = strings.PASSAGES_OF if answer.found else strings.NEAREST
    return Reply(heading, _numbered(answer.matches), private=True)


def _numbered(matches: Sequence[Match], number: int = 1) -> tuple[Card, ...]:
    """Set passages, each with its quote first, numbered from ``number``."""
    return tuple(cards.excerpt(one.citation, place) for place, one in enumerate(matches, number))


def context(citations: Mapping[int, Citation]) -> Reply:
    """Set the paragraphs around the first quote, and those of the others, whole.

    ``citations`` are the quotes by the numbers that they were shown with.
    """
    cited = {
        (one.article.slug, one.passage.number): cards.whole(one, number)
        for number, one in citations.items()
    }
    first = next(iter(citations.values()))
    article, number = first.article, first.passage.number
    around = [
        cited.pop((article.slug, one.number), _beside(article, one))
        for one in article.passages[max(0, number - 2) : number + 1]
    ]
    return Reply(strings.CONTEXT, (*around, *cited.values()), private=True)


def _beside(article: Article, passage: Passage) -> Card:
    label = cards.where(article, passage)
    return Card(label, article.text[passage.start : passage.end], "", "")


def notice(text: str, note: str = "", *, wait: int | None = None) -> Reply:
    """Say one sentence to one person."""
    return Reply(text, note=note, private=True, wait=wait)


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
    counts = report.to_json() | {"seconds": f"{report.seconds:.1f}"}
    articles = counted(counts["unchanged"], *strings.ARTICLES)
    form = strings.REINDEX_DONE if report.switched else strings.REINDEX_UNCHANGED
    text = form.format(**counts, articles=articles)
    for read, said in ((False, strings.REINDEX_SKIPPED), (True, strings.REINDEX_AMISS)):
        reasons = [one.reason for one in report.skipped if one.read is read]
        if reasons:
            text += " " + said.format(count=len(reasons), first="; ".join(reasons[:3]))
    if not report.switched:
        return Reply(text, note=strings.REINDEX_STAYS.format(version=report.index_version))
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
    if isinstance(error, IndexMissingError):  # its own sentence names a folder of the operator's
        return notice(strings.STATUS_EMPTY)
    if isinstance(error, GateError):
        return _kept_aside(error)
    if isinstance(error, RejectedError):
        # A rollback holds; to go forward again is offered.
        return _held_back(strings.REINDEX_REJECTED.format(version=error.version), error.version)
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


def forgetting(community: str) -> Reply:
    """Say what is erased, and have it confirmed."""
    erase = Button("forget", community, strings.BUTTON_FORGET)
    return Reply(strings.FORGET_ASKED, buttons=(erase,), private=True)


def forgotten(answers: int) -> Reply:
    """Say what was erased."""
    return notice(strings.FORGET_DONE.format(answers=counted(answers, *strings.ANSWERS)))


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


def caution(answer: Answer) -> str:
    """Say above what was found that it may be no answer; "" where it may be trusted."""
    return match(answer) if answer.band is Band.WEAK else ""


def small_print(answer: Answer) -> str:
    """Give the small print of an answer: how far to trust it, and the question."""
    form = strings.QUESTION_NOTE if answer.band is Band.WEAK else strings.ANSWER_NOTE
    return form.format(question=answer.question, match=match(answer))


def match(answer: Answer) -> str:
    """Name how far to trust an answer."""
    return strings.MATCH.format(band=strings.BANDS[answer.band], percent=percent(answer.confidence))


def percent(probability: float) -> int:
    """Give a probability in per cent, never claiming to be certain."""
    return min(99, max(1, round(100 * probability)))
