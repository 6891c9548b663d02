"""The gate: a new version must still answer the questions that stand beside the sources."""

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from summitqa import teaching
from summitqa.answer import Answer, Band
from summitqa.counting import counted
from summitqa.errors import ArticleUnknownError, GateError, InputError, ModelError, QuestionError
from summitqa.evaluation import Case, Outcome, read_cases, run
from summitqa.lessons import NOTHING, Lessons, lessons_of
from summitqa.retrieval import Models
from summitqa.settings import Settings
from summitqa.snapshot import Snapshot
from summitqa.taught import MEND
from summitqa_index.models import load_encoder

log = logging.getLogger(__name__)

_NAMED = 10

Tick = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of the questions: how many were asked, held before and after, which are lost."""

    asked: int
    before: int
    after: int
    lost: tuple[str, ...]


def pass_gate(
    settings: Settings,
    files: Sequence[Path],
    old: Snapshot,
    new: tuple[Snapshot, Models],
    tick: Tick,
) -> None:
    """Hold a new version to what the one in use answers, on the questions of some files.

    Raises GateError, naming the questions lost, where more percent of them are lost than
    ``settings.gate_tolerance``; InputError where a file holds no questions.
    """
    found = judge(settings, files, old, new, tick)
    if found and 100 * len(found.lost) > settings.gate_tolerance * found.asked:
        raise GateError(_sentence(settings, files, found), new[0].version, found.lost)


def judge(
    settings: Settings,
    files: Sequence[Path],
    old: Snapshot,
    new: tuple[Snapshot, Models],
    tick: Tick,
) -> Verdict | None:
    """Ask both versions the questions of some files; ``None`` where there is none to ask.

    A question is kept where it is found and its ``answer`` stands in the first passage; one
    without an answer is held to the text that its paragraphs have in the version in use, for
    numbers move with every paragraph that is put in.
    """
    cases = _cases(files)
    models = _models_of(old, settings, new[1])
    if not cases or models is None:
        return None
    taught = lessons_of(settings.folder, old, models.encoder)
    known = taught if models.encoder is new[1].encoder else NOTHING
    still = lessons_of(settings.folder, new[0], new[1].encoder, known)
    before = _answers(old, models, taught, cases, lambda done: tick(done, 2 * len(cases)))
    after = _answers(*new, still, cases, lambda done: tick(len(cases) + done, 2 * len(cases)))
    wanted = [_wanted(outcome) for outcome in before]
    held = [_answered(*pair) for pair in zip(before, wanted, strict=True)]
    kept = [_answered(*pair) for pair in zip(after, wanted, strict=True)]
    lost = (case.question for case, was, now in zip(cases, held, kept, strict=True)
            if was and not now)  # fmt: skip
    return Verdict(len(cases), sum(held), sum(kept), tuple(lost))


def _cases(files: Sequence[Path]) -> list[Case]:
    """Read what is to be answered; InputError, with the mend, where that is damaged."""
    try:
        return [case for file in files for case in read_cases(file) if case.paragraphs]
    except InputError as error:
        raise InputError(f"{error} {MEND}") from error


def _wanted(before: Outcome) -> list[str]:
    """Give the texts of which one must stand in the first passage; none: nothing is known."""
    if before.case.answer:
        return [_words(before.case.answer)]
    if not before.answer.matches:
        return []
    article = before.answer.matches[0].citation.article
    return [
        _words(article.text[passage.start : passage.end])
        for passage in article.passages
        if passage.number in before.case.paragraphs
    ]


def _answered(outcome: Outcome, wanted: Sequence[str]) -> bool:
    if not outcome.answer.found:
        return False
    first = _words(outcome.answer.matches[0].citation.text)
    return any(text in first for text in wanted)


def _words(text: str) -> str:
    """Give the words alone: neither a line broken elsewhere nor a dropped asterisk is a loss."""
    return " ".join(re.findall(r"[^\W_]+", text.casefold())) or " ".join(text.split())


def _models_of(old: Snapshot, settings: Settings, models: Models) -> Models | None:
    """Give the encoder that wrote the version in use, ``None`` where it is not to be had."""
    facts = old.facts
    if facts["checksum"] == models.encoder.checksum:
        return models
    try:
        found = load_encoder(settings.home, facts["model"])
    except ModelError as error:
        log.warning("the questions beside the sources were not asked: %s", error)
        return None
    return replace(models, encoder=found) if found.checksum == facts["checksum"] else None


def _answers(
    store: Snapshot, models: Models, lessons: Lessons, cases: Sequence[Case],
    tick: Callable[[int], None],
) -> list[Outcome]:  # fmt: skip
    """Ask a version every question, as taught; one that it cannot be asked is not found."""
    asked = 0

    def ask(question: str, *, article: str | None, top: int) -> Answer:
        nonlocal asked
        asked += 1
        tick(asked)
        try:
            return teaching.ask(models, lessons, store, question, article, top)
        except (ArticleUnknownError, QuestionError):
            return Answer(question, False, 0.0, Band.WEAK, store.version, ())

    return run(cases, ask)


def _sentence(settings: Settings, files: Sequence[Path], found: Verdict) -> str:
    lost = found.lost
    named = "; ".join(f"“{question}”" for question in lost[:_NAMED])
    more = f"; and {len(lost) - _NAMED} more" if len(lost) > _NAMED else ""
    questions = counted(found.asked, "question", "questions")
    return (
        f"The new index has the answer in its first passage for {found.after} of the {questions} "
        f"in {', '.join(str(file) for file in files)}, the one in use for {found.before}: more is "
        f"lost than the {settings.gate_tolerance} % that SUMMITQA_GATE_TOLERANCE allows. It was "
        f"kept aside, and the one in use stays. Lost: {named}{more}. "
        "`summitqa index --force` switches all the same."
    )
