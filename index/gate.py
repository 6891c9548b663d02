"""The gate: a new version must still answer the questions that stand beside the sources."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from summitqa.answer import Answer, Band
from summitqa.encoder import Encoder
from summitqa.errors import ArticleUnknownError, GateError, ModelError, QuestionError
from summitqa.evaluation import Case, read_cases, run
from summitqa.model import load_encoder
from summitqa.question import Question
from summitqa.retrieval import retrieve
from summitqa.settings import Settings
from summitqa.store import Store

log = logging.getLogger(__name__)

_NAMED = 10

Tick = Callable[[int, int], None]


def pass_gate(
    settings: Settings,
    files: Sequence[Path],
    old: Store,
    new: tuple[Store, Encoder],
    tick: Tick,
) -> None:
    """Hold a new version to the recall@1 of the one in use, on the questions of some files.

    Raises GateError, naming the questions lost, where more percent of them are lost than
    ``settings.gate_tolerance``; InputError where a file holds no questions.
    """
    cases = [case for file in files for case in read_cases(file) if case.paragraphs]
    encoder = _encoder_of(old, settings, new[1])
    if not cases or encoder is None:
        return
    before = _firsts(old, encoder, cases, lambda done: tick(done, 2 * len(cases)))
    after = _firsts(*new, cases, lambda done: tick(len(cases) + done, 2 * len(cases)))
    fewer = sum(before) - sum(after)
    if 100 * fewer > settings.gate_tolerance * len(cases):
        lost = [case.question for case, was, now in zip(cases, before, after, strict=True)
                if was and not now]  # fmt: skip
        raise GateError(_sentence(settings, files, len(cases), sum(before), sum(after), lost), lost)


def _encoder_of(old: Store, settings: Settings, encoder: Encoder) -> Encoder | None:
    """Give the encoder that wrote the version in use, ``None`` where it is not to be had."""
    facts = old.manifest.facts
    if facts["checksum"] == encoder.checksum:
        return encoder
    try:
        found = load_encoder(settings.home, facts["model"])
    except ModelError as error:
        log.warning("the questions beside the sources were not asked: %s", error)
        return None
    return found if found.checksum == facts["checksum"] else None


def _firsts(
    store: Store, encoder: Encoder, cases: Sequence[Case], tick: Callable[[int], None]
) -> list[bool]:
    """Tell for each case whether the first passage found is a right one."""
    asked = 0

    def ask(question: str, *, article: str | None, top: int) -> Answer:
        nonlocal asked
        asked += 1
        tick(asked)
        try:
            return retrieve(store, Question.read(question, encoder), article, top)
        except (ArticleUnknownError, QuestionError):
            return Answer(question, False, 0.0, Band.WEAK, store.version, ())

    return [outcome.rank == 1 for outcome in run(cases, ask)]


def _sentence(
    settings: Settings, files: Sequence[Path], asked: int, before: int, after: int,
    lost: Sequence[str],
) -> str:  # fmt: skip
    named = "; ".join(f"“{question}”" for question in lost[:_NAMED])
    more = f"; and {len(lost) - _NAMED} more" if len(lost) > _NAMED else ""
    return (
        f"The new index finds the right passage first for {after} of the {asked} questions in "
        f"{', '.join(str(file) for file in files)}, the one in use for {before}: more is lost "
        f"than the {settings.gate_tolerance} % that SUMMITQA_GATE_TOLERANCE allows. It was kept "
        f"aside, and the one in use stays. Lost: {named}{more}. "
        "`summitqa index --force` switches all the same."
    )
