"""Measure an index on questions whose paragraphs are known: the ``eval`` contract."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from summitqa.answer import Answer, Band
from summitqa.errors import InputError, QuestionError

_DEPTH = 10


@dataclass(frozen=True, slots=True)
class Case:
    """A question, the paragraphs that answer it (none: nothing does), and a string of the answer.

    ``article`` scopes the search; ``kind`` is "off-topic" or "near-topic" where nothing answers;
    ``line`` is that of its file, from 1.
    """

    question: str
    paragraphs: tuple[int, ...]
    article: str | None = None
    answer: str | None = None
    kind: str = "off-topic"
    line: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a case got: the rank of its first right passage (0: none in 10), and the time in ms."""

    case: Case
    answer: Answer
    rank: int
    milliseconds: float

    @property
    def quote_hit(self) -> bool:
        """Whether the first quote holds the answer."""
        first = self.answer.matches[0].citation.quote if self.answer.matches else ""
        return bool(self.case.answer) and str(self.case.answer) in first


def read_cases(path: Path) -> list[Case]:
    """Read a JSON-lines file of questions; InputError, naming the line, where it is none."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is to hold UTF-8 text"
        raise InputError(f"The questions file {str(path)!r} cannot be read: {reason}.") from error
    cases = [
        _case(line, number, path) for number, line in enumerate(lines, start=1) if line.strip()
    ]
    if not cases:
        raise InputError(f"The questions file {str(path)!r} holds no question.")
    return cases


def _case(line: str, number: int, path: Path) -> Case:
    try:
        given = json.loads(line)
        return Case(
            question=_text(given["question"]) or "",
            paragraphs=_numbers(given["paragraphs"]),
            article=_text(given.get("article")),
            answer=_text(given.get("answer")),
            kind=_text(given.get("kind")) or "off-topic",
            line=number,
        )
    except KeyError as error:
        raise InputError(
            f'Line {number} of {path.name} has no "{error.args[0]}"; expected '
            '{"question": "…", "paragraphs": [5]}, with [] where nothing answers it.'
        ) from None
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise InputError(
            f"Line {number} of {path.name} is not a question; expected "
            '{"question": "…", "paragraphs": [5], "answer": "…"}, paragraphs counted from 1.'
        ) from None


def _text(given: Any) -> Any:
    """Hold what is given to text."""
    if given is not None and not isinstance(given, str):
        raise TypeError("no text")
    return given


def _numbers(given: Any) -> tuple[int, ...]:
    """Hold paragraphs to a list of whole numbers; JSON's true is none, though it is 1."""
    if not isinstance(given, list) or any(type(one) is not int for one in given):
        raise TypeError("no paragraphs")
    return tuple(given)


def check_cases(cases: Sequence[Case], shelf: Mapping[str, int]) -> None:
    """Hold cases to a shelf: the number of passages by each article's slug.

    Raises InputError, naming the line, for an article or a paragraph that it does not have.
    """
    for case in cases:
        start = f"Line {case.line} of the questions names"
        if case.article is not None and case.article not in shelf:
            raise InputError(f"{start} the article {case.article!r}, which is not on the shelf.")
        most = max(shelf.values()) if case.article is None else shelf[case.article]
        beyond = [one for one in case.paragraphs if not 1 <= one <= most]
        if beyond:
            where = case.article or "the longest article"
            raise InputError(f"{start} paragraph {beyond[0]}, but {where} has 1 to {most}.")


def run(cases: Sequence[Case], ask: Callable[..., Answer]) -> list[Outcome]:
    """Ask every case; ``ask`` is a library's, called with ``article`` and ``top``.

    What is no question counts as refused, as it would be.
    """
    outcomes = []
    for case in cases:
        began = time.perf_counter()
        try:
            answer = ask(case.question, article=case.article, top=_DEPTH)
        except QuestionError:
            answer = Answer(case.question, False, 0.0, Band.WEAK, "", ())
        taken = (time.perf_counter() - began) * 1000
        outcomes.append(Outcome(case, answer, _rank(case, answer), taken))
    return outcomes


def _rank(case: Case, answer: Answer) -> int:
    for rank, match in enumerate(answer.matches, start=1):
        citation = match.citation
        in_article = case.article in {None, citation.article.slug}
        if in_article and citation.passage.number in case.paragraphs:
            return rank
    return 0


def summarise(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Give the figures of the ``eval`` contract; a share of nothing is ``None``."""
    known = [outcome for outcome in outcomes if outcome.case.paragraphs]
    times = [outcome.milliseconds for outcome in outcomes]

    def refused(kind: str) -> float | None:
        return _share(
            not outcome.answer.found
            for outcome in outcomes
            if not outcome.case.paragraphs and outcome.case.kind == kind
        )

    return {
        "questions": len(outcomes),
        "answerable": len(known),
        "recall@1": _share(outcome.rank == 1 for outcome in known),
        "recall@3": _share(0 < outcome.rank <= 3 for outcome in known),
        "mrr@10": _share(1 / outcome.rank if outcome.rank else 0 for outcome in known),
        "quote_hit": _share(outcome.quote_hit for outcome in known if outcome.case.answer),
        "answered": _share(outcome.answer.found for outcome in known),
        "refused_off_topic": refused("off-topic"),
        "refused_near_topic": refused("near-topic"),
        "p50_ms": round(float(np.percentile(times, 50)), 3),
        "p95_ms": round(float(np.percentile(times, 95)), 3),
    }


def _share(values: Any) -> float | None:
    listed = [float(value) for value in values]
    return round(sum(listed) / len(listed), 4) if listed else None
