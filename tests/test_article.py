"""Citations resolve: the quote is the article's, and the link leads to that very sentence."""

import time
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summitqa.article import Article, Citation, Passage, Sentence, text_fragment

LONG = "And so the two of them walked down the long red carpet to the waiting cars without a word."
URL = "https://example.org/a"


def resolve(link: str, page: str) -> tuple[int, int]:
    """Find what a browser highlights: the first start, and the first end from there on."""
    parts = [unquote(part) for part in link.partition(":~:text=")[2].split(",")]
    start = page.find(parts[0])
    end = page.find(parts[-1], start) + len(parts[-1])
    return start, end


def test_a_citation_gives_quote_passage_and_link():
    text = "It began. It ended, at last - or not."
    article = Article("a", "A", text, (), url=URL)
    passage = Passage(1, 0, len(text), (Sentence(0, 9), Sentence(10, len(text))))
    citation = Citation(article, passage, passage.sentences[1])
    assert citation.quote == "It ended, at last - or not."
    assert citation.text == text
    assert citation.url == f"{URL}#:~:text=It%20ended%2C%20at%20last%20%2D%20or%20not."


def test_an_article_without_a_url_has_no_link():
    passage = Passage(1, 0, 3, (Sentence(0, 3),))
    assert Citation(Article("a", "A", "Yes", (passage,)), passage, passage.sentences[0]).url is None


def test_a_long_sentence_is_linked_by_its_ends():
    link = text_fragment(URL, LONG, LONG)
    assert link.count(",") == 1
    assert resolve(link, LONG) == (0, len(LONG))


@pytest.mark.parametrize(
    "before",
    [
        "And so the two of them said. ",
        "And so the two of them walked down the stairs. ",
        "They came to the waiting cars without a word. ",
    ],
)
def test_a_sentence_that_begins_or_ends_like_an_earlier_one_is_told_apart(before):
    page = before + LONG + " They came to the waiting cars without a word."
    assert resolve(text_fragment(URL, LONG, page), page) == (len(before), len(before) + len(LONG))


def test_a_quote_of_two_sentences_is_a_span_like_any_other():
    text = "It began. It went on. It ended."
    passage = Passage(1, 0, len(text), (Sentence(0, 9), Sentence(10, 21), Sentence(22, 31)))
    citation = Citation(Article("a", "A", text, (passage,), URL), passage, Sentence(0, 21))
    assert citation.quote == "It began. It went on."
    assert citation.url == f"{URL}#:~:text=It%20began.%20It%20went%20on."


@pytest.mark.parametrize("first", ["Can I bring a dog?", LONG])
def test_a_quote_of_several_lines_is_linked_by_ends_that_each_stand_in_one(first):
    page = f"Dogs.\n{first}\nInto the hall, on a lead.\nNo."
    link = text_fragment(URL, f"{first}\nInto the hall, on a lead.", page)
    ends = [unquote(part) for part in link.partition(":~:text=")[2].split(",")]
    assert len(ends) == 2
    assert first.startswith(ends[0])
    assert "Into the hall, on a lead.".endswith(ends[1])
    whole = " ".join(page.split())
    start, end = resolve(link, whole)
    assert whole[start:end] == f"{first} Into the hall, on a lead."


def test_a_fragment_of_the_url_itself_is_kept():
    assert text_fragment(f"{URL}#part", "Yes.", "Yes.") == f"{URL}#part:~:text=Yes."


@given(st.lists(st.sampled_from(["a", "b,", "c-d", "é", "“f”", "g."]), min_size=1, max_size=30))
def test_every_link_resolves_to_its_sentence(words):
    sentence = " ".join(words)
    start, end = resolve(text_fragment(URL, sentence, sentence), sentence)
    assert (start, end) == (0, len(sentence))


def test_a_link_into_a_text_of_near_repetitions_is_made_in_no_time():
    words = [f"w{number}" for number in range(4000)]
    page = f"{'x ' * 5_000_000}{' '.join(words[:-1])} else. {' '.join(words)}"
    began = time.process_time()
    assert text_fragment("https://a.example", " ".join(words), page).endswith("w3999")
    assert time.process_time() - began < 5
