"""From a question to ranked, cited passages, with the real model on the bundled article."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from benchmarks.corpus import store_of
from summitqa.encoder import Encoder, Floats
from summitqa.errors import QuestionError
from summitqa.explain import why
from summitqa.library import Library
from summitqa.question import Question
from summitqa.ranking import RANKING, weights
from summitqa.reader import Shown
from summitqa.retrieval import retrieve
from summitqa_index.sources.document import Document, Paragraph, join
from summitqa_index.sources.passages import to_article
from summitqa_index.sources.plain import read_plain


def test_every_quote_stands_in_its_article(bundled: Library):
    answer = bundled.ask("What did the leaders agree on?", top=10)
    assert len(answer.matches) == 10
    for match in answer.matches:
        citation = match.citation
        sentence = citation.sentence
        assert citation.article.text[sentence.start : sentence.end] == citation.quote
        spans = citation.passage.sentences
        starts, ends = [one.start for one in spans], [one.end for one in spans]
        assert ends.index(sentence.end) - starts.index(sentence.start) in (0, 1)


def test_scores_fall(bundled: Library):
    scores = [
        match.score for match in bundled.ask("Who rolled out the red carpet?", top=10).matches
    ]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(
    "typed",
    [
        "Who rolled out the red carpet?",
        "who rolled out the red carpet",
        "WHO ROLLED OUT THE RED CARPET???",
        "Who rolld out the red carpett?",
        "Who rolled out the “red” carpet?",
        "Who rolled — out the réd carpet?",
    ],
)
def test_the_way_it_is_typed_does_not_lose_the_answer(bundled: Library, typed: str):
    answer = bundled.ask(typed)
    assert answer.found
    assert "red carpet" in answer.matches[0].citation.quote


@pytest.mark.parametrize("name", ["Zelensky", "Zelenskyy", "Zelenskiy", "Zelenskýy", "zelensky"])
def test_a_name_is_found_however_it_is_spelt(bundled: Library, name: str):
    best = bundled.ask("Was Zelensky invited to the talks?").matches[0].citation
    answer = bundled.ask(f"Was {name} invited to the talks?")
    assert answer.found
    assert answer.matches[0].citation == best


@pytest.mark.parametrize("question", ["What is the capital of Australia?", "How do I bake bread?"])
def test_another_topic_is_refused_with_the_nearest(bundled: Library, question: str):
    answer = bundled.ask(question)
    assert not answer.found
    assert answer.confidence < weights().likely
    assert answer.matches


@pytest.mark.parametrize("text", ["🎉", "Zanzibar", "", "?"])
def test_no_question_is_refused_politely(bundled: Library, text: str):
    with pytest.raises(QuestionError):
        bundled.ask(text)


def test_an_answer_far_into_a_long_paragraph_is_found(tmp_path: Path, encoder: Encoder):
    filler = " ".join(
        f"The committee then discussed item {number} at length." for number in range(110)
    )
    late = "The treasure lies under the old lighthouse."
    text, blocks = join([Paragraph(f"{filler} {late}"), Paragraph("The sea was calm.")])
    store = store_of([to_article(Document(text, blocks), "long")], encoder, tmp_path / "store")
    assert int(store.tables.sentences[store.tables.passages[1] - 1]) > 600
    answer = retrieve(store, Question.read("Where is the treasure?", encoder), None, 1)
    assert answer.matches[0].citation.quote == late


def test_the_quote_is_the_answer_and_not_the_question(tmp_path: Path, encoder: Encoder):
    faq = "## Can I bring my dog?\n\nYes, on a lead.\n\n## Is there parking?\n\nBehind the hall."
    article = to_article(read_plain(faq.encode(), markdown=True), "faq")
    store = store_of([article], encoder, tmp_path / "store")
    answer = retrieve(store, Question.read("Can I bring my dog?", encoder), None, 1)
    citation = answer.matches[0].citation
    assert citation.quote == "Yes, on a lead."
    assert citation.text == "Can I bring my dog?\nYes, on a lead."


def test_why_adds_up(bundled: Library, encoder: Encoder):
    told = why(
        bundled.store, Question.read("Who unrolled the red carpett?", encoder), None, bundled.reader
    )
    answer = bundled.ask("Who unrolled the red carpett?", top=5)
    assert "carpet?" in told.searched
    assert told.index_version == bundled.store.version
    assert [one.citation for one in told.candidates] == [m.citation for m in answer.matches]
    assert (told.confidence, told.found, told.band) == (
        answer.confidence,
        answer.found,
        answer.band,
    )
    for candidate in told.candidates:
        total = sum(told.weights["ranking"][name] * candidate.features[name] for name in RANKING)
        assert total == pytest.approx(candidate.score, rel=1e-4)
    assert told.found == (told.on_topic >= told.threshold)
    assert told.read


def test_why_tells_what_the_reader_thought(bundled: Library, encoder: Encoder):
    class Sure:
        checksum = "sure"

        def read(self, question: str, shown: Sequence[Shown]) -> Floats:
            return np.asarray(["carpet" in one.sentence for one in shown], np.float32) * 8 - 4

    question = Question.read("Who unrolled the red carpet?", encoder)
    told = why(bundled.store, question, None, Sure())
    assert told.read
    assert told.candidates[0].odds == 4
    assert "carpet" in told.candidates[0].citation.quote
    counts = told.weights["reading"]
    best = told.candidates[0]
    assert best.total == pytest.approx(best.score + counts["odds"] * 4, abs=3)
