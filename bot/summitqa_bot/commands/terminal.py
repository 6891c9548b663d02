"""The terminal's looks: answers, progress, tables. Article text is data here too.

What an article or a question holds is printed as ``Text``, never as Rich markup, and
without control characters, so that no escape sequence of theirs reaches the screen.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column, Table
from rich.text import Text

from summitqa.answer import Answer, Band, Match
from summitqa.counting import counted
from summitqa.explain import Explanation
from summitqa_bot import strings
from summitqa_bot.assemble import Tell
from summitqa_bot.commands.check import Check
from summitqa_bot.wording.cards import excerpt
from summitqa_bot.wording.differing import Words, difference, narrowed
from summitqa_bot.wording.replies import match
from summitqa_bot.wording.reply import Card
from summitqa_index.build import Pace, Report
from summitqa_index.build import Progress as BuildProgress
from summitqa_index.changes import PassageChange
from summitqa_index.versions import Version

_MOST_CHANGES = 20  # shown of what a version would change; the others are counted
_BAND_STYLES = {Band.STRONG: "green", Band.LIKELY: "yellow", Band.WEAK: "red"}


def plain(text: str) -> str:
    """Drop control characters, line breaks aside."""
    return "".join(character for character in text if character.isprintable() or character == "\n")


def answer(
    found: Answer, shown: Sequence[Match], linked: Callable[[Sequence[Card]], Sequence[Card]] = list
) -> RenderableType:
    """Set an answer: how far to trust it, then each quote with its citation, the rest behind it.

    ``linked`` has the quotes open on the reading page.
    """
    cards = linked([excerpt(one.citation, number) for number, one in enumerate(shown, 1)])
    if not found.found:
        # What does not answer is not worth the room that its surroundings take.
        bare = [_passage(replace(one, lead="", rest="")) for one in cards]
        nearest = [Text(strings.NEAREST, "dim"), *bare] if bare else []
        said = strings.OTHER_LANGUAGE if found.language else strings.NOT_FOUND
        return Group(Text(said, "bold yellow"), *nearest)
    asked = strings.QUESTION_NOTE.format(question=plain(found.question))
    trust = Text.assemble((match(found), _BAND_STYLES[found.band]), (f" · {asked}", "dim"))
    return Group(trust, *map(_passage, cards))


@dataclass(frozen=True, slots=True)
class _Quoted:
    """A quote: bold, or between » and « where the console shows no colours."""

    quote: str

    def __rich_console__(self, console: Console, _: ConsoleOptions) -> RenderResult:
        quote = plain(self.quote)
        if console.no_color or console.color_system is None:
            quote = f"»{quote}«"
        yield Text(quote, "bold")


def _passage(one: Card) -> RenderableType:
    label = Text(plain(one.label), style="cyan" + (f" link {one.url}" if one.url else ""))
    lead, rest = ([Text(plain(small), "dim")] if small else [] for small in (one.lead, one.rest))
    return Padding(Group(*lead, _Quoted(one.quote), label, *rest), (0, 0, 1, 2))


@contextmanager
def progress_bar(console: Console) -> Iterator[Tell]:
    """Show a build's phases as bars; where the output is no terminal, as a line now and then."""
    if not console.is_terminal:
        yield _lines(console)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=False) as bars:
        tasks = {}

        def tell(now: BuildProgress) -> None:
            if now.phase not in tasks:
                tasks[now.phase] = bars.add_task(strings.REINDEX_PHASES[now.phase], total=now.total)
            bars.update(tasks[now.phase], completed=now.done, total=now.total)

        yield tell


def _lines(console: Console) -> Tell:
    """Print how far a build is every few seconds, unless there is a log, where it stands too."""
    pace = Pace()

    def tell(now: BuildProgress) -> None:
        if pace.due() and not logging.getLogger().handlers:
            phase = strings.REINDEX_PHASES[now.phase]
            console.print(f"{phase}: {now.done} of {now.total}", markup=False)

    return tell


def report(done: Report) -> RenderableType:
    """Sum up a build: what changed, what was skipped and why."""
    changes = done.changes
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for name, slugs in (
        ("added", changes.added),
        ("changed", changes.changed),
        ("removed", changes.removed),
        ("unchanged", changes.unchanged),
    ):
        table.add_row(name, str(len(slugs)), Text(_some(slugs), "dim"))
    lines: list[RenderableType] = [table]
    for one in done.skipped:
        said = "read, but" if one.read else "skipped:"
        lines.append(Text(plain(f"{said} {one.reason}"), "yellow"))
    if done.index_version and not done.switched:
        lines.append(Text(f"nothing has changed; in use stays: {done.index_version}", "dim"))
    elif done.index_version:
        lines.append(
            Text(
                f"{counted(done.embedded, *strings.PASSAGES)} embedded, {done.reused} reused, "
                f"in {done.seconds:.1f} s; now in use: {done.index_version}",
                "dim",
            )
        )
    return Group(*lines)


def differences(changes: Sequence[PassageChange]) -> RenderableType:
    """List passages that were added, changed and removed, article by article, the first alone."""
    lines: list[RenderableType] = []
    article = None
    for change in changes[:_MOST_CHANGES]:
        if change.article != article:
            lines.append(Text(plain(change.article), "bold"))
            article = change.article
        lines.append(Padding(_difference(change), (0, 0, 0, 2), expand=False))
    if (more := len(changes) - _MOST_CHANGES) > 0:
        lines.append(Text(strings.MORE_CHANGES.format(count=more), "dim"))
    return Group(*lines)


def _difference(change: PassageChange) -> RenderableType:
    found = difference(change)
    sides = (("-", "red", narrowed(found.then)), ("+", "green", narrowed(found.now)))
    lines = [_side(sign, colour, words) for sign, colour, words in sides if words]
    return Group(*lines) if lines else Text(strings.SAME_WORDS, "dim")


def _side(sign: str, colour: str, words: Sequence[Words]) -> Text:
    said = ((plain(one.text), f"bold {colour}" if one.other else "") for one in words)
    return Text(" ").join([Text(sign, colour), *(Text(*one) for one in said)])


def versions(listed: Sequence[Version]) -> RenderableType:
    """List versions, the one in use marked in words."""
    # An id that is cut cannot be given to `rollback`.
    widest = max((len(one.id) for one in listed), default=0)
    table = Table(Column("version", no_wrap=True, min_width=widest))
    for name in ("built", "articles", "passages", ""):
        table.add_column(name, overflow="fold")
    for one in listed:
        marks = {"in use": one.in_use, "kept aside": one.aside, "lost by the database": one.lost}
        use = ", ".join(mark for mark, holds in marks.items() if holds)
        table.add_row(one.id, one.built_at, str(one.articles), str(one.passages), use)
    return table


def facts(pairs: Sequence[tuple[str, str]]) -> RenderableType:
    """Set names and values below one another."""
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for name, value in pairs:
        table.add_row(Text(name, "dim"), Text(plain(value)))
    return table


def check(one: Check) -> RenderableType:
    """Set one line of the doctor's: ✓, ✗ or – for what cannot be seen from here."""
    marks = {True: ("✓ ", "green"), False: ("✗ ", "red"), None: ("– ", "dim")}
    return Text.assemble(marks[one.well], (f"{one.name}: ", "bold"), plain(one.detail))


def explanation(found: Explanation) -> RenderableType:
    """Set the numbers behind an answer: the passages weighed, their quotes, the two judgements."""
    names = list(found.weights["ranking"])
    columns = ("", *names, "score", "reader", "total")
    table = Table(*columns, title=f"index {found.index_version}")
    quotes = []
    for place, one in enumerate(found.candidates, start=1):
        numbers = [*(f"{one.features[name]:.3f}" for name in names), f"{one.score:.2f}"]
        read = "not read" if one.odds is None else f"{one.odds:.2f}"
        where = f"¶{one.citation.passage.number}"
        table.add_row(f"{place}. {where}", *numbers, read, f"{one.total:.2f}")
        quotes.append((f"{place}.", f"{one.citation.article.slug} {where}: {one.citation.quote}"))
    weights = (f"{found.weights['ranking'][name]:.2f}" for name in names)
    counts = "" if found.read is None else f"{found.weights['reading']['odds']:.2f}"
    table.add_section()
    table.add_row("weight", *weights, "", counts, "")
    verdict = "yes" if found.found else "no: not found"
    judged = [
        ("searched for", found.searched),
        ("passages in scope", str(found.passages)),
        ("sentences read", "none, there is no reader" if found.read is None else str(found.read)),
        ("evidence", _numbers(found.features)),
        ("on the topic?", f"{found.on_topic:.3f}, {verdict} (at least {found.threshold:.3f})"),
        ("does it answer?", f"{found.confidence:.3f}, {found.band}"),
        *((f"weights, {name}", _numbers(found.weights[name])) for name in ("found", "confidence")),
        *_lesson(found),
    ]
    return Group(table, facts(quotes), "", facts(judged))


def _lesson(found: Explanation) -> list[tuple[str, str]]:
    lesson = found.lesson
    if lesson is None:
        return []
    first = "comes first" if found.taught else "gives way to what is surer"
    place = f"{lesson.pair.article} ¶{lesson.number}, which {first}"
    return [("taught", f"{lesson.likeness:.3f}, as “{lesson.pair.question}”: {place}")]


def _numbers(named: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.3f}" for name, value in named.items())


def _some(slugs: Sequence[str]) -> str:
    shown = slugs if len(slugs) <= 6 else slugs[:5]
    return plain(", ".join(shown) + (f" and {len(slugs) - 5} more" if len(slugs) > 6 else ""))
