"""SummitQA, behind the same interface as the peers: the sentence it quotes is the span it gives."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.corpus import store_of
from benchmarks.place import encoder_here
from index.document import Block, Document
from index.passages import to_article
from summitqa.question import Question, clean_question
from summitqa.retrieval import retrieve

Span = tuple[int, int]


def summitqa() -> Callable[[str, str, Sequence[Span]], Callable[[str, int], list[Span]]]:
    """Load the encoder; the model folder of the task is what it was exported from."""
    encoder = encoder_here()
    scratch = tempfile.TemporaryDirectory(prefix="summitqa-bench-")

    def index(_: str, text: str, paragraphs: Sequence[Span]) -> Callable[[str, int], list[Span]]:
        document = Document(text, tuple(Block(start, end) for start, end in paragraphs))
        folder = Path(scratch.name)  # gone with the last search of it
        number = sum(1 for _ in folder.iterdir())
        store = store_of([to_article(document, "article")], encoder, folder / str(number))

        def search(question: str, top: int) -> list[Span]:
            asked = Question.read(clean_question(question), encoder)
            found = retrieve(store, asked, "article", top).matches
            return [(m.citation.sentence.start, m.citation.sentence.end) for m in found]

        return search

    return index
