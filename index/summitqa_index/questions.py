"""What is amiss in the questions beside the sources, told whether or not they will be asked."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from summitqa.article import Article
from summitqa.errors import InputError
from summitqa.evaluation import Case, read_cases
from summitqa_index.sources.shelf import QUESTIONS, Skipped
from summitqa_index.sources.walk import printable

_NAMED = 10  # lines of a file


def amiss(files: Sequence[Path], articles: Sequence[Article]) -> Iterator[Skipped]:
    """Name the first line that is no question, or those that ask for what there is not."""
    counts = {article.slug: len(article.passages) for article in articles}
    for file in files:
        source = printable(str(file))
        try:
            found = list(islice(_unknown(read_cases(file), counts), _NAMED))
        except InputError as error:
            yield Skipped(source, printable(str(error)))
            continue
        for reason in found:
            yield Skipped(source, f"{printable(file.name)} names {reason}", read=True)


def _unknown(cases: Sequence[Case], counts: dict[str, int]) -> Iterator[str]:
    most = max(counts.values(), default=0)
    for case in cases:
        count = most if case.article is None else counts.get(str(case.article))
        if count is None:
            yield f"in line {case.line} the article {str(case.article)[:80]!r}, which is not read."
            continue
        for number in case.paragraphs:
            if not 1 <= number <= count:
                of = f" of {case.article!r}" if case.article else ""
                yield f"in line {case.line} paragraph {number}{of}; there are {count}."


def questions_of(folder: Path) -> list[Path]:
    """Give the file of questions that the shelf in ``folder`` is held to, if there is one."""
    return [file] if (file := folder / QUESTIONS).is_file() else []
