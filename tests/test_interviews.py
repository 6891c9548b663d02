"""A passage that only asks leads to the one that answers it, quoted and cited in its place."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from benchmarks.corpus import store_of
from summitqa.answer import Answer
from summitqa.article import Article
from summitqa.context import answer_to
from summitqa.encoder import Encoder, Floats
from summitqa.evidence import ALL_UP_TO
from summitqa.explain import why
from summitqa.question import Question
from summitqa.ranking import RANKING
from summitqa.reader import Reader, Shown
from summitqa.retrieval import retrieve
from summitqa_bot.wording.cards import excerpt
from summitqa_index.sources.passages import to_article
from summitqa_index.sources.plain import read_plain

MARKDOWN = """\
# A talk with Jon

MARA — When did the repair café begin mending things in town?

JON — In the spring of 2015. We had one table and a lamp.

MARA — Who pays for spare parts? And who pays the rent?

MARA — Or is that a secret?

JON — The library lends us its cellar. Parts come out of a jar by the door.

## The end

MARA — Will the repair café ever close?
"""
PLAIN = MARKDOWN.replace("# ", "").replace("## ", "")
BEGAN = "When did the repair café begin mending things in town?"


def article_of(text: str, *, markdown: bool = True) -> Article:
    return to_article(read_plain(text.encode(), markdown=markdown), "talk")


def ask(
    article: Article, question: str, encoder: Encoder, folder: Path, reader: Reader | None = None
) -> Answer:
    store = store_of([article], encoder, folder / "store")
    return retrieve(store, Question.read(question, encoder), None, 10, reader)


@pytest.mark.parametrize("markdown", [True, False], ids=["Markdown", "plain text"])
def test_the_answer_stands_in_the_place_of_the_question(markdown, tmp_path, fake_encoder):
    article = article_of(MARKDOWN if markdown else PLAIN, markdown=markdown)
    answer = ask(article, BEGAN, fake_encoder, tmp_path)
    citation = answer.matches[0].citation
    assert citation.quote.startswith("JON — In the spring of 2015.")
    assert article.text[citation.sentence.start : citation.sentence.end] == citation.quote
    assert citation.text.startswith("JON — In the spring")
    card = excerpt(citation, 1)
    assert card.lead == f"MARA — {BEGAN}"
    assert "begin mending" not in " ".join(one.citation.text for one in answer.matches)


def test_several_questions_lead_to_the_one_answer_that_follows(tmp_path, fake_encoder):
    answer = ask(article_of(MARKDOWN), "Who pays for spare parts?", fake_encoder, tmp_path)
    assert answer.matches[0].citation.text.startswith("JON — The library")
    assert len({one.citation.passage.number for one in answer.matches}) == len(answer.matches)


def test_a_question_that_nothing_follows_answers_nothing(tmp_path, fake_encoder):
    question = "Will the repair café ever close?"
    answer = ask(article_of(MARKDOWN), question, fake_encoder, tmp_path)
    assert len(answer.matches) > 1
    assert question not in " ".join(one.citation.text for one in answer.matches)


def test_where_there_are_questions_only_none_is_an_answer(tmp_path, fake_encoder):
    asked = [f"Who keeps the key of room {number}?" for number in range(80)]
    article = article_of("# Open points\n\n" + "\n\n".join(asked))
    answer = ask(article, asked[7], fake_encoder, tmp_path)
    assert not answer.found
    assert answer.confidence == 0


def test_of_many_bare_questions_none_stands_before_what_says_something(tmp_path, fake_encoder):
    asked = [f"Who keeps the key of room {number}?" for number in range(40)]
    article = article_of("# Open points\n\nThe warden is out.\n\n## Keys\n\n" + "\n\n".join(asked))
    answer = ask(article, asked[7], fake_encoder, tmp_path)
    assert answer.matches[0].citation.quote == "The warden is out."


def test_what_is_said_long_after_answers_no_question():
    asked = "\n\n".join(f"Who keeps the key of room {number}?" for number in range(20))
    article = article_of(f"# Keys\n\n{asked}\n\nThe warden.")
    numbers = [answer_to(article, one) for one in article.passages]
    assert numbers[0] is None
    assert numbers[-2] == article.passages[-1]


def test_what_answers_is_under_the_same_heading_and_does_not_only_ask():
    article = article_of(MARKDOWN)
    began, spring, pays, secret, library, close = article.passages
    found = [answer_to(article, one) for one in article.passages]
    assert found == [spring, None, library, library, None, None]
    assert (began.number, pays.number, secret.number, close.number) == (1, 3, 4, 6)
    apart = article_of("# T\n\n## A\n\nWho pays?\n\n## B\n\nThe jar.")
    assert answer_to(apart, apart.passages[0]) is None


class Listening:
    """A reader that thinks well of what stands behind a question."""

    checksum = "listening"

    def __init__(self) -> None:
        self.read_of: list[str] = []

    def read(self, question: str, shown: Sequence[Shown]) -> Floats:
        self.read_of += [one.sentence for one in shown]
        return np.asarray([4.0 if one.lead.endswith("?") else -4.0 for one in shown], np.float32)


def test_the_reader_judges_the_answer_and_not_the_question(tmp_path, fake_encoder):
    reader = Listening()
    answer = ask(article_of(MARKDOWN), BEGAN, fake_encoder, tmp_path, reader)
    assert reader.read_of[0].startswith("JON — In the spring")
    assert not any(BEGAN in one for one in reader.read_of)
    assert answer.matches[0].citation.quote.startswith("JON — In the spring")


def test_of_a_large_shelf_the_answer_is_found_that_shares_no_word(tmp_path, fake_encoder):
    filler = [f"They said that thing{number} was a lamp." for number in range(ALL_UP_TO + 100)]
    text = "\n\n".join([*filler[:300], f"MARA — {BEGAN}", "JON — Spring 2015.", *filler[300:]])
    answer = ask(article_of(text), BEGAN, fake_encoder, tmp_path)
    assert answer.matches[0].citation.quote == "JON — Spring 2015."


def test_why_shows_what_the_answer_was_ranked_by(tmp_path, fake_encoder):
    store = store_of([article_of(MARKDOWN)], fake_encoder, tmp_path / "store")
    told = why(store, Question.read(BEGAN, fake_encoder), None)
    assert told.candidates[0].citation.quote.startswith("JON — In the spring")
    for one in told.candidates:
        total = sum(told.weights["ranking"][name] * one.features[name] for name in RANKING)
        assert total == pytest.approx(one.score, rel=1e-4)


def test_with_the_real_models_an_interview_is_answered(tmp_path, encoder, reader):
    answer = ask(article_of(MARKDOWN), "When did they begin mending?", encoder, tmp_path, reader)
    assert answer.matches[0].citation.quote.startswith("JON — In the spring of 2015.")
