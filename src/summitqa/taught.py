"""What people taught a shelf: questions, each with the passage that is to be found for it.

They stand as lines of ``questions.jsonl`` beside the shelf's versions, in the form that ``eval``
reads. A passage is known by its text, so that what was taught carries over to another version as
long as that text stands; where it is gone the pair is silent.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from summitqa.article import Article, Passage
from summitqa.errors import ArticleUnknownError, IndexDamagedError, InputError, QuestionError
from summitqa.files import make_folder, open_regular, replace_durably
from summitqa.lexical import words
from summitqa.question import clean_question
from summitqa.snapshot import Snapshot

QUESTIONS = "questions.jsonl"
_LOCK = "questions.lock"
_WAIT_SECONDS = 30
_LARGEST = 1 << 26  # bytes: a hundred thousand pairs of long passages
_FIELDS = ("question", "article", "paragraphs", "answer")
_EXPECTED = (
    'expected {"question": "…", "article": "slug", "paragraphs": [5], "answer": "…"}, '
    "paragraphs counted from 1, the answer as it stands in the first of them"
)

MEND = (
    "Until whoever runs SummitQA has mended that, or taken it out, nothing is taught and no new "
    "version put in use; `summitqa doctor` names the file."
)


@dataclass(frozen=True, slots=True)
class Pair:
    """A question, and the passage that answers it.

    ``article``: a slug; ``paragraphs``: the passage's number when it was taught, from 1, and
    of others that answer too, best first; ``answer``: the text of the passage, or of the quote in
    it that answers. ``more``: what else the line says, which is kept.
    """

    question: str
    article: str
    paragraphs: tuple[int, ...]
    answer: str
    more: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, question: str, article: Article, number: int) -> "Pair":
        """Teach the passage of that number; InputError where the article has none."""
        if not 1 <= number <= len(article.passages):
            raise InputError(
                f"The article {article.slug!r} has no paragraph {number}; expected 1 to "
                f"{len(article.passages)}."
            )
        passage = article.passages[number - 1]
        return cls(question, article.slug, (number,), article.text[passage.start : passage.end])

    def dump(self) -> str:
        """Give the pair as a line of JSON."""
        own = {name: value for name, value in asdict(self).items() if name != "more"}
        return json.dumps({**own, **self.more}, ensure_ascii=False)

    def is_of(self, question: str, article: str) -> bool:
        """Tell whether it is this question's, whatever its case and marks, in an article."""
        return self.article == article and flat(self.question) == flat(question)


def flat(text: str) -> str:
    """Give the words alone: neither a line broken elsewhere nor a dropped asterisk is a change."""
    return " ".join(re.findall(r"[^\W_]+", text.casefold())) or " ".join(text.split())


def read_raw(folder: Path) -> bytes:
    """Read what a shelf was taught, empty where nothing was; InputError where it cannot be."""
    try:
        with open_regular(folder / QUESTIONS) as file:
            raw = file.read(_LARGEST + 1)
    except (FileNotFoundError, NotADirectoryError):
        return b""
    except OSError as error:
        raise InputError(f"{QUESTIONS} cannot be read: {error.strerror}.") from error
    if len(raw) > _LARGEST:
        raise InputError(f"{QUESTIONS} has over {_LARGEST:,} bytes, the most it may have.")
    return raw


def pairs_of(raw: bytes) -> tuple[Pair, ...]:
    """Give the pairs of a file; InputError, naming the line, for a line that is none."""
    try:
        lines = raw.decode("utf-8").split("\n")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise InputError(f"Line {line} of {QUESTIONS} is not UTF-8 text.") from None
    return tuple(_pair(line, number) for number, line in enumerate(lines, 1) if line.strip())


def trouble_of(folder: Path) -> str:
    """Say in a sentence why what a shelf was taught cannot be used; empty where it can."""
    try:
        pairs_of(read_raw(folder))
    except InputError as error:
        return str(error)
    return ""


def _pair(line: str, number: int) -> Pair:
    try:
        given = json.loads(line)
        own = {name: given.pop(name) for name in _FIELDS}
        texts = own["question"], own["article"], own["answer"]
        if not all(isinstance(text, str) and flat(text) for text in texts):
            raise _not_a_pair(number)
        if not own["paragraphs"] or any(type(n) is not int or n < 1 for n in own["paragraphs"]):
            raise _not_a_pair(number)
        clean_question(own["question"], alone=False)
    except KeyError as error:
        raise InputError(
            f'Line {number} of {QUESTIONS} has no "{error.args[0]}"; {_EXPECTED}.'
        ) from None
    except (ValueError, TypeError, AttributeError, RecursionError, QuestionError):
        raise _not_a_pair(number) from None
    return Pair(**{**own, "paragraphs": tuple(own["paragraphs"])}, more=given)


def _not_a_pair(number: int) -> InputError:
    return InputError(f"Line {number} of {QUESTIONS} is not a pair; {_EXPECTED}.")


def teach(folder: Path, pair: Pair) -> None:
    """Teach a shelf a pair, in place of the one that the same question of the article had.

    ``folder`` is the one that holds CURRENT. Raises QuestionError for what is no question, and
    InputError where the file is damaged: what was taught before is not written over.
    """
    clean_question(pair.question, alone=False)
    _pair(pair.dump(), 1)
    with _changing(folder) as known:
        kept = (one for one in known if not one.is_of(pair.question, pair.article))
        _write(folder, [*kept, pair])


def unteach(folder: Path, question: str, article: str) -> bool:
    """Take a question's pair away; tell whether there was one."""
    with _changing(folder) as known:
        kept = [one for one in known if not one.is_of(question, article)]
        if len(kept) < len(known):
            _write(folder, kept)
    return len(kept) < len(known)


@contextmanager
def _changing(folder: Path) -> Iterator[tuple[Pair, ...]]:
    """Be the only one to change what was taught, and give it as it is."""
    try:
        make_folder(folder)
        with FileLock(folder / _LOCK, timeout=_WAIT_SECONDS):
            try:
                known = pairs_of(read_raw(folder))
            except InputError as error:
                raise InputError(f"{error} {MEND}") from error
            yield known
    except Timeout:
        raise InputError(f"{QUESTIONS} is being changed by another process; try again.") from None
    except OSError as error:
        raise InputError(f"{QUESTIONS} cannot be written: {error.strerror}.") from error


def _write(folder: Path, pairs: Sequence[Pair]) -> None:
    """Put pairs in place of what was taught; where there are none, there is no file either."""
    if pairs:
        replace_durably(folder / QUESTIONS, "".join(f"{one.dump()}\n" for one in pairs).encode())
    else:
        (folder / QUESTIONS).unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a version has what a pair leads to: a passage's number, and the stems of its words.

    The stems are those of its title and headings, too.
    """

    number: int
    stems: frozenset[str]


def places_of(pairs: Sequence[Pair], shelf: Snapshot) -> list[Place | None]:
    """Find each pair's passage by its text, the nearest to where it was; ``None``: it is gone."""
    articles = {slug: _article(shelf, slug) for slug in {pair.article for pair in pairs}}
    texts = {slug: [flat(text) for text in _passages(one)] for slug, one in articles.items() if one}
    return [
        _place(pair, article, texts[pair.article]) if (article := articles[pair.article]) else None
        for pair in pairs
    ]


def _article(shelf: Snapshot, slug: str) -> Article | None:
    try:
        return shelf.article(slug)
    except (ArticleUnknownError, IndexDamagedError):  # of damage, asking tells
        return None


def _passages(article: Article) -> list[str]:
    return [article.text[one.start : one.end] for one in article.passages]


def _place(pair: Pair, article: Article, texts: Sequence[str]) -> Place | None:
    wanted = f" {flat(pair.answer)} "
    holding = [
        passage
        for passage, text in zip(article.passages, texts, strict=True)
        if wanted in f" {text} "
    ]
    if not holding:
        return None
    nearest = min(holding, key=lambda one: abs(one.number - pair.paragraphs[0]))
    return Place(nearest.number, stems_of(article, nearest))


def stems_of(article: Article, passage: Passage) -> frozenset[str]:
    """Give the stems of a passage's words, and of those of its title and headings."""
    said = (article.text[passage.start : passage.end], article.title, *passage.heading)
    return frozenset(word.stem for text in said for word in words(text))
