"""A citation to be pasted elsewhere: whatever the article says, it is text there, too."""

from dataclasses import replace
from urllib.parse import unquote

import pytest
from lxml import html
from markdown_it import MarkdownIt

from summitqa.article import Citation
from summitqa_bot.web.citing import citation_at, copied
from summitqa_bot.wording.cards import excerpt
from summitqa_index.sources.passages import to_article
from summitqa_index.sources.plain import read_plain
from tests.faults.hostile import PAYLOADS
from tests.growth import growth

ADDRESS = "https://quotes.example/a/house/a?s=1-2&r=x.1#s1-2"
SAID = [one for one in PAYLOADS if one.isprintable() or "\n" in one]
MORE = ["# one\n## two", "1. one\n2) two", "- a\n+ b\n* c", "a\n===\nb\n---", "    code", "a  \nb\\\nc", "https://evil.example", "<b>x</b> &lt; & &amp;", "a_b_c *d* __e__", "![x](y)", "\\"]  # fmt: skip


def citation(text: str, title: str = "Title") -> Citation:
    article = to_article(read_plain(b"One is here.", markdown=False), "a")
    (passage,) = article.passages
    made = replace(passage, start=0, end=len(text))
    found = citation_at(replace(article, text=text, title=title, passages=(made,)), 0, len(text))
    assert found is not None
    return found


def bare(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("said", [*SAID, *MORE])
def test_it_is_text_in_markdown(said: str) -> None:
    title = " ".join(said.split())
    made = copied(citation(said, title), ADDRESS).markdown
    tree = html.fragment_fromstring(MarkdownIt("commonmark").render(made), "div")
    assert {one.tag for one in tree.iterdescendants()} <= {"blockquote", "p", "a", "br"}
    assert [one.get("href") for one in tree.iter("a")] == [ADDRESS]
    assert bare(tree.text_content()) == bare(f"{said}—{title}, ¶1")


@pytest.mark.parametrize("said", [*SAID, *MORE])
def test_it_is_text_in_html(said: str) -> None:
    made = copied(citation(said, said), ADDRESS).html
    tree = html.fragment_fromstring(made, "div")
    assert [one.tag for one in tree.iterdescendants()] == ["blockquote", "p", "p", "a"]
    assert tree.find("blockquote").get("cite") == tree.find(".//a").get("href") == ADDRESS
    assert bare(tree.text_content()) == bare(f"{said}—{said}, ¶1")


@pytest.mark.parametrize(
    "end", ["><script>x</script>", ">)[y](https://evil.example/<", "a\\", "a\\>", '"><b>', "`|*_]"]
)
def test_an_address_is_one_link_whatever_it_holds(end: str) -> None:
    cited = citation("One is here.")
    made = copied(replace(cited, article=replace(cited.article, url=f"https://x/{end}")), ADDRESS)
    tree = html.fragment_fromstring(MarkdownIt("commonmark").render(made.markdown), "div")
    assert {one.tag for one in tree.iterdescendants()} == {"blockquote", "p", "a"}
    (link,) = tree.iter("a")
    assert unquote(link.get("href")).startswith(f"https://x/{end}#")
    assert link.text_content() == "Title, ¶1"


def test_it_stands_where_the_answer_says_it_stands() -> None:
    article = to_article(read_plain(b"# Town\n\n## Gates\n\nShut at nine.\n", markdown=True), "a")
    (passage,) = article.passages
    made = citation_at(article, passage.start, passage.end)
    assert made is not None
    label = excerpt(made, 1).label.removeprefix("[1] ")
    assert label == "Town › Gates, ¶1"
    assert f"— {label}\n" in copied(made, ADDRESS).plain


def test_what_no_passage_holds_is_no_citation() -> None:
    article = citation("One is here.").article
    assert citation_at(article, 0, 13) is None
    assert citation_at(article, 3, 3) is None


def test_a_quote_of_hardly_any_words_takes_no_more_than_its_length() -> None:
    # Lines of a space that does not make them empty to what parts paragraphs.
    made = growth(
        lambda cited: copied(cited, ADDRESS), lambda count: citation("a" + "\n\u00a0" * count), 800
    )
    assert made < 8
