"""What is shown of a citation: the quote first, then what it is judged by, all the article's own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summitqa.article import Article, Citation, Passage, Sentence
from summitqa_bot import strings
from summitqa_bot.wording import replies
from summitqa_bot.wording.cards import excerpt, whole
from summitqa_index.sources.passages import to_article
from summitqa_index.sources.plain import read_plain

HANDBOOK = """\
# The handbook

## Doors

The big door opens at nine on all days of the week. It closes at ten. Members with a fob may stay.

## Questions

### May I bring a dog?

Into the front hall, on a lead. Not past the yellow line. The cat upstairs decides on the rest.

MARA — When did you start?

JON — In the spring of 2015, when nobody else had time for mending. We had one table.

## What happens when

| Time | What |
|---|---|
| 10:00 | Opening |
| 11:30 | Talk on toasters |
| 13:00 | Welding |

## Compressor

{filler} He spoke for the cheaper one. Nobody was against it. {filler}
""".replace("{filler}", " ".join(f"Then they looked at offer number {n}." for n in range(12)))


@pytest.fixture(scope="module")
def article() -> Article:
    return to_article(read_plain(HANDBOOK.encode(), markdown=True), "handbook")


def quoting(article: Article, first: str, last: str | None = None) -> Citation:
    """Cite from where one text begins to where it, or another, ends."""
    start = article.text.index(first)
    end = article.text.index(last or first, start) + len(last or first)
    passage = next(one for one in article.passages if one.start <= start < one.end)
    return Citation(article, passage, Sentence(start, end))


@pytest.mark.parametrize(
    ("quote", "lead", "rest"),
    [
        pytest.param(
            ("The big door opens at nine on all days of the week.",),
            "",
            "It closes at ten. Members with a fob may stay.",
            id="the first sentence",
        ),
        pytest.param(
            ("It closes at ten.",),
            "",
            "The big door opens at nine on all days of the week. […] Members with a fob may stay.",
            id="one in the middle, for which a mark stands",
        ),
        pytest.param(
            ("The big door opens at nine on all days of the week. It closes at ten.",),
            "",
            "Members with a fob may stay.",
            id="two sentences",
        ),
        pytest.param(
            ("Into the front hall, on a lead.",),
            "May I bring a dog?",
            "Not past the yellow line. The cat upstairs decides on the rest.",
            id="an answer to a question of the same passage",
        ),
        pytest.param(
            ("Not past the yellow line.",),
            "May I bring a dog?\nInto the front hall, on a lead.",
            "The cat upstairs decides on the rest.",
            id="an answer's second sentence, the first being short",
        ),
        pytest.param(
            ("JON — In the spring of 2015, when nobody else had time for mending.",),
            "MARA — When did you start?",
            "We had one table.",
            id="an answer to what somebody asks right before",
        ),
        pytest.param(
            ("Time: 11:30; What: Talk on toasters",),
            "",
            "Time: 10:00; What: Opening\n[…]\nTime: 13:00; What: Welding",
            id="a row, with the words of the table's header",
        ),
        pytest.param(
            ("Time: 10:00; What: Opening\nTime: 11:30; What: Talk on toasters",),
            "",
            "Time: 13:00; What: Welding",
            id="two rows",
        ),
        pytest.param(
            ("He spoke for the cheaper one.",),
            "",
            "[…] Then they looked at offer number 11. […]",
            id="one of a long passage, with the sentence that it leans on",
        ),
        pytest.param(
            ("Then they looked at offer number 0.",),
            "",
            "Then they looked at offer number 1. […]",
            id="the first of a long passage, with the sentence after it",
        ),
    ],
)
def test_the_quote_stands_alone_with_what_it_is_judged_by(article, quote, lead, rest):
    card = excerpt(quoting(article, *quote), 1)
    assert (card.lead, card.quote, card.rest) == (lead, quote[0], rest)
    assert card.before == card.after == ""


CLAUSES = """\
   Term limit:
    1. The chair serves {long}for a year.
    2. She may serve again.
    8) The board counts with her.
    - Nobody is paid for it{long}.
"""


@pytest.mark.parametrize("long", ["", "and so on " * 40])
@pytest.mark.parametrize(
    "quote", ["The chair", "She may serve again.", "The board counts with her.", "Nobody is paid"]
)
def test_no_mark_of_a_list_is_shown_without_its_item(quote, long):
    article = to_article(read_plain(CLAUSES.format(long=long).encode(), markdown=False), "a")
    passage = next(one for one in article.passages if quote in article.text[one.start : one.end])
    said = next(one for one in passage.sentences if article.text.startswith(quote, one.start))
    card = excerpt(Citation(article, passage, said), 1)
    for piece in (*card.lead.split(strings.GAP), *card.rest.split(strings.GAP)):
        assert not piece.rstrip().endswith(("1.", "2.", "8)", "-"))


def test_what_stands_before_an_item_keeps_its_own_mark():
    article = to_article(read_plain(CLAUSES.format(long="").encode(), markdown=False), "a")
    card = excerpt(quoting(article, "She may serve again."), 1)
    assert card.rest.startswith("Term limit:\n    1. The chair serves for a year.\n[…]\n    8) The")


def test_a_question_asked_far_above_is_shown_with_a_mark():
    asked, said = (
        "What may I bring?",
        [f"Bring the thing number {n} if you can." for n in range(12)],
    )
    article = to_article(read_plain(" ".join([asked, *said]).encode(), markdown=True), "a")
    card = excerpt(quoting(article, said[8]), 1)
    assert card.lead == f"{asked} […]"
    assert card.rest == f"{said[9]} […]"


def test_of_a_very_long_sentence_the_nearest_words_are_shown():
    long = "and so on " * 100
    text = f"It began {long}then. It ended. It went {long}then."
    article = to_article(read_plain(text.encode(), markdown=True), "a")
    card = excerpt(quoting(article, "It ended."), 1)
    assert card.rest.startswith("[…] ")
    assert card.rest.endswith(" then. […]")
    assert 250 < len(card.rest) < 320
    assert card.rest.removeprefix("[…] ").removesuffix(" […]") in text


sentences = st.lists(
    st.sampled_from(
        ["It is so.", "He asked.", "Is it so?", "- A row", "No.", "On it goes. " + "x " * 90 + "."]
    ),
    min_size=1,
    max_size=9,
)


@given(st.lists(sentences, min_size=1, max_size=4), st.data())
def test_what_is_shown_is_the_articles_own_in_its_order(passages, data):
    article = article_of(passages, data.draw(st.sampled_from([" ", "\n"])))
    passage = data.draw(st.sampled_from(article.passages))
    first = data.draw(st.integers(0, len(passage.sentences) - 1))
    last = data.draw(st.integers(first, min(first + 1, len(passage.sentences) - 1)))
    quote = Sentence(passage.sentences[first].start, passage.sentences[last].end)
    citation = Citation(article, passage, quote)
    card = excerpt(citation, 1)
    above, behind = (
        [piece.strip() for piece in small.split(strings.GAP) if piece.strip()]
        for small in (card.lead, card.rest)
    )
    assert card.quote == article.text[quote.start : quote.end]
    assert all(piece in article.text[: quote.start] for piece in above)
    stood = article.text[passage.start : quote.start], article.text[quote.end : passage.end]
    assert len(behind) <= 2
    assert all(piece in stood[0] or piece in stood[1] for piece in behind)
    if len(behind) == 2:
        assert behind[0] in stood[0] and behind[1] in stood[1]
    shown = [*above, card.quote, *behind]
    assert sum(map(len, shown)) <= len(card.quote) + 600


def article_of(passages: list[list[str]], between: str) -> Article:
    text, made = "", []
    for number, said in enumerate(passages, start=1):
        start, spans = len(text), []
        for one in said:
            text += between if spans else ""
            spans.append(Sentence(len(text), len(text) + len(one)))
            text += one
        made.append(Passage(number, start, len(text), tuple(spans)))
        text += "\n\n"
    return Article("a", "A", text, tuple(made))


def test_the_context_is_whole_and_in_order_whatever_was_shown_of_it(article):
    quotes = {
        1: quoting(article, "He spoke for the cheaper one."),
        2: quoting(article, "It closes at ten."),
    }
    cards = replies.context(quotes).cards
    for number, citation in quotes.items():
        (card,) = [one for one in cards if one.label.startswith(f"[{number}]")]
        assert card.before + card.quote + card.after == citation.text
        assert card == whole(citation, number)


def test_the_context_shows_a_passage_once_that_stands_beside_another(article):
    first, second = quoting(article, "JON — In"), quoting(article, "MARA — When did you start?")
    cards = replies.context({1: first, 2: second}).cards
    assert [card.label[:3] for card in cards].count("[2]") == 1
    assert len({card.label for card in cards}) == len(cards) == 3
