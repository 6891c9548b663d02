"""SummitQA, behind the same interface as the peers: the sentence it quotes is the span it gives."""

import atexit
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.corpus import store_of
from benchmarks.place import models_here
from summitqa.article import Article, Passage, Sentence
from summitqa.question import clean_question

Span = tuple[int, int, int]
Search = Callable[[str, int], list[Span]]


def summitqa() -> Callable[[str, Sequence[dict[str, Any]]], Search]:
    """Load the package's models; the model that the task names is the peers'."""
    models = models_here()
    scratch = tempfile.TemporaryDirectory(prefix="summitqa-bench-")
    atexit.register(scratch.cleanup)

    def index(_: str, articles: Sequence[dict[str, Any]]) -> Search:
        folder = Path(scratch.name)
        shelf = [_article(number, given) for number, given in enumerate(articles)]
        store = store_of(shelf, models.encoder, folder / str(sum(1 for _ in folder.iterdir())))

        def search(question: str, top: int) -> list[Span]:
            answer = models.ask(store, clean_question(question), None, top)
            found = [match.citation for match in answer.matches]
            return [(int(c.article.slug), c.sentence.start, c.sentence.end) for c in found]

        return search

    return index


def _article(number: int, given: dict[str, Any]) -> Article:
    each = zip(given["paragraphs"], given["sentences"], given["headings"], strict=True)
    passages = tuple(
        Passage(place, start, end, tuple(Sentence(*one) for one in sentences), tuple(heading))
        for place, ((start, end), sentences, heading) in enumerate(each, start=1)
    )
    return Article(str(number), given["title"], given["text"], passages)
