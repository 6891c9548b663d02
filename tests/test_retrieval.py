"""From a question to ranked, cited passages, with the real model on the bundled article."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from benchmarks.corpus import store_of
from summitqa.encoder import Encoder, Floats
from summitqa.errors import QuestionError
from summitqa.explain import why
from summitqa.folder.store import Store
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


INTERVIEW = """\
# The workshop

## Beginnings

MARA — When did you start?

JON — In the spring of 2015. It was cold in there.

JON — Okay.

## Doors

The big door opens at nine on all days of the week. Is that early? It closes at ten.
"""


class Watching:
    """A reader that keeps what it was shown, and finds what holds a word likelier."""

    checksum = "watching"

    def __init__(self, word: str = "") -> None:
        self.word = word
        self.seen: list[Shown] = []

    def read(self, question: str, shown: Sequence[Shown]) -> Floats:
        self.seen.extend(shown)
        return np.asarray([self.word in one.sentence for one in shown], np.float32)


@pytest.fixture
def workshop(tmp_path: Path, encoder: Encoder) -> Store:
    article = to_article(read_plain(INTERVIEW.encode(), markdown=True), "workshop")
    return store_of([article], encoder, tmp_path / "workshop")


def test_the_reader_sees_what_may_be_quoted_with_what_leads_to_it_and_nothing_else(
    workshop: Store, encoder: Encoder
):
    reader = Watching()
    for asked in (
        "When did Jon start?",
        "Was it cold in there?",
        "When does the door open?",
        "When does it close?",
    ):
        retrieve(workshop, Question.read(asked, encoder), None, 1, reader)
    beginnings, doors = "The workshop. Beginnings.", "The workshop. Doors."
    first = "JON — In the spring of 2015."
    opens = "The big door opens at nine on all days of the week."
    assert set(reader.seen) >= {
        Shown(beginnings, "MARA — When did you start?", first),
        Shown(beginnings, first, "It was cold in there."),
        Shown(doors, "", opens),
        Shown(doors, "Is that early?", "It closes at ten."),
    }
    for unsaid in ("MARA — When did you start?", "JON — Okay.", "Is that early?"):
        assert unsaid not in {one.sentence for one in reader.seen}


def test_neither_a_question_nor_an_okay_is_quoted_where_there_is_more(
    workshop: Store, encoder: Encoder
):
    question = Question.read("When did you start? Okay. Is that early?", encoder)
    quotes = [one.citation.quote for one in retrieve(workshop, question, None, 12).matches]
    assert len(quotes) == 2
    assert any(quote.startswith("JON — In the spring of 2015.") for quote in quotes)
    assert "Is that early?" not in quotes


def test_what_only_asks_gives_way_to_what_answers_it(workshop: Store, encoder: Encoder):
    question = Question.read("MARA — When did you start?", encoder)
    first = retrieve(workshop, question, None, 1).matches[0].citation
    assert first.quote.startswith("JON — In the spring of 2015.")


def test_no_more_passages_are_given_than_were_asked_for(workshop: Store, encoder: Encoder):
    question = Question.read("When did you start?", encoder)
    every = retrieve(workshop, question, None, 12)
    for top in (1, 2, 3):
        answer = retrieve(workshop, question, None, top)
        assert answer.matches == every.matches[:top]
        assert (answer.confidence, answer.found) == (every.confidence, every.found)


def test_a_passage_far_behind_is_quoted_by_what_it_says_and_not_by_what_it_asks(
    tmp_path: Path, encoder: Encoder
):
    rooms = "\n\n".join(f"Is room {n} cold? The stove of room {n} is lit." for n in range(1, 13))
    article = to_article(read_plain(rooms.encode(), markdown=False), "rooms")
    store = store_of([article], encoder, tmp_path / "rooms")
    matches = retrieve(store, Question.read("Is room 3 cold?", encoder), None, 12).matches
    assert len(matches) == 12
    assert all("The stove" in match.citation.quote for match in matches)


def test_two_sentences_that_share_an_answer_are_quoted_wherever_in_a_text_they_stand(
    tmp_path: Path, encoder: Encoder, workshop: Store
):
    before = "## Tools\n\n" + "A hammer hangs on the wall. " * 40 + "\n\n## Beginnings"
    late = to_article(
        read_plain(INTERVIEW.replace("## Beginnings", before).encode(), markdown=True), "late"
    )
    store = store_of([late], encoder, tmp_path / "late")
    question = Question.read("When did you start? In the spring, and was it cold?", encoder)
    quotes = [retrieve(one, question, None, 1).matches[0].citation for one in (workshop, store)]
    assert (
        quotes[0].quote == quotes[1].quote == "JON — In the spring of 2015. It was cold in there."
    )
    assert quotes[1].sentence.start > 1000
