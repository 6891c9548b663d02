"""What is left out of a page is what stands around its article, and not a word of it besides."""

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from summitqa_index.sources.content import lost
from summitqa_index.sources.formats import read_html

SAID = "The shed lends tools to everybody on the street, and it has done so for eleven years now."


def read(body: str) -> str:
    return read_html(f"<html><body>{body}</body></html>".encode()).text


@pytest.mark.parametrize("around", [
    '<nav><a href="/">Home</a> page</nav>', "<footer>All rights reserved.</footer>",
    '<table class="nav"><tr><th>Shed</th><td><a href="a">Next page</a></td></tr></table>',
    '<ul class="main-menu"><li><a href="/a">Tools</a></li><li><a href="/b">Fees</a></li></ul>',
    '<div role="navigation">Tools</div>', '<div id="cookie-banner">We use cookies.</div>',
    '<ul><li>1. <a href="#one">One</a></li><li>2. <a href="#two">Two</a></li></ul>',
    '<p>1.1 <a href="x.html#one">One</a><br>1.2 <a href="x.html#two">Two</a></p>',
    '<p><a href="#one">Back to the top</a></p>', '<button>Subscribe</button>',
    '<section id="comments-list"><p>First!</p></section>', '<select><option>English</option></select>',
    '<div class="navheader"><p>Chapter 2. Tools</p><p><a href="1.html">Prev</a></p></div>',
    '<div class="navfooter"><p><a href="1.html">Prev</a></p><p>Chapter 1. The shed and us</p></div>',
])  # fmt: skip
def test_what_leads_about_a_page_is_no_text(around):
    words = f'<h2 id="one">One</h2><p>{SAID}</p><h2 id="two">Two</h2><p>It is free.</p>'
    assert read(f"{around}{words}{around}") == f"{SAID}\n\nIt is free."


@pytest.mark.parametrize("kept", [
    '<ul><li><a href="https://a.example">The council</a></li></ul>', "<aside>Bring a coat.</aside>",
    '<h3 id="x"><a href="#x">Hours</a></h3><p>Nine to five.</p>', "<section id=menu>Soup.</section>",
    "<blockquote><p>Fine.</p><footer>Ann</footer></blockquote>", '<p class="toolbar">A saw.</p>',
    "<form><p>Everything is in one form.</p></form>", "<figure><figcaption>The door</figcaption></figure>",
    "<header><p>In force since May.</p></header>", '<div class="share-of-costs">Half.</div>',
    "<fieldset><legend>Fees</legend>None.</fieldset>", "<center>Closed.</center>",
])  # fmt: skip
def test_what_an_article_says_is_kept(kept):
    words = re.findall(r"\w+", re.sub("<[^>]*>", " ", kept).replace("Hours", ""))
    found = read(f"<p>{SAID}</p>{kept}<p>It is free.</p>")
    assert not set(words) - set(re.findall(r"\w+", found))


def test_of_a_page_with_a_main_part_that_alone_is_read():
    page = f"<div>Win a prize today!</div><main><p>{SAID}</p></main><div>Prizes</div>"
    assert read(page) == SAID
    assert "Win" in read(f"<div>Win a prize today!</div><main></main><p>{SAID}</p>")


def test_a_mark_behind_a_heading_is_no_part_of_it():
    page = f'<h2 id="a">Fees<a href="#a">¶</a></h2><p>{SAID}</p>'
    document = read_html(page.encode())
    assert document.blocks[0].heading in {(), ("Fees",)}
    assert "¶" not in (document.title or "")


def test_a_heading_that_leads_back_to_the_contents_heads_what_follows():
    contents = '<ul class="toc"><li><a id="to" href="#fees">Fees</a></li></ul>'
    link = '<a class="toc-backref" href="#to">Fees</a><a class="headerlink" href="#fees">¶</a>'
    page = f'<h1>Shed</h1>{contents}<p>{SAID}</p><section id="fees"><h2>{link}</h2><p>None.</p></section>'
    document = read_html(f"<html><body>{page}</body></html>".encode())
    assert [block.heading for block in document.blocks] == [(), ("Fees",)]
    assert document.text == f"{SAID}\n\nNone."


def _wrap(inner):
    """Grow HTML: what may hold blocks, around what there is."""
    many = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        many.map(lambda parts: "<div>" + "".join(parts) + "</div>"),
        many.map(lambda parts: "<blockquote>" + "".join(parts) + "</blockquote>"),
        many.map(lambda parts: "<ul>" + "".join(f"<li>{one}</li>" for one in parts) + "</ul>"),
        many.map(lambda parts: "<ol>" + "".join(f"<li>{one}" for one in parts) + "</ol>"),
        many.map(lambda parts: "<ol>" + "".join(parts) + "</ol>"),
        many.map(
            lambda parts: "<table><tr>" + "".join(f"<td>{p}</td>" for p in parts) + "</table>"
        ),
        many.map(
            lambda parts: (
                "<table><tr><th>Na</th><th>Nb</th></tr>"
                + "".join(f"<tr><td>{p}</td><td>{p}</td></tr>" for p in parts)
                + "</table>"
            )
        ),
        many.map(lambda parts: "<dl>" + "".join(f"<dt>Term<dd>{p}" for p in parts) + "</dl>"),
        many.map(lambda parts: "<details><summary>More</summary>" + "".join(parts) + "</details>"),
    )


_WORDS = st.lists(st.integers(0, 999).map(lambda n: f"w{n}"), min_size=1, max_size=4).map(" ".join)
_LEAVES = st.one_of(
    _WORDS,
    _WORDS.map(lambda text: f"<p>{text}.</p>"),
    _WORDS.map(lambda text: f"<p><b>{text}?</b></p>"),
    _WORDS.map(lambda text: f"<pre>{text}\n{text}</pre>"),
    _WORDS.map(lambda text: f"{text}<br>{text}"),
    _WORDS.map(lambda text: f"<h3>{text}</h3><p>{text}</p>"),
)


@limits(max_examples=300, deadline=None)
@given(st.lists(st.recursive(_LEAVES, _wrap, max_leaves=8), min_size=1, max_size=3))
def test_whatever_holds_them_no_words_are_lost(parts):
    body = "".join(parts)
    document = read_html(f"<html><body><p>{SAID}</p>{body}</body></html>".encode())
    headings = re.sub(r"<h3>.*?</h3>", " ", body)
    said = Counter(re.findall(r"\bw\d+", headings))
    assert not said - Counter(re.findall(r"\bw\d+", document.text))
    assert document.trouble is None


def test_words_that_were_lost_are_told_of():
    from lxml import html

    article = html.fromstring(f"<div><h1>Shed</h1><p>{SAID}</p><p>{SAID}</p></div>")
    assert lost(article, f"{SAID}\n{SAID}") is None
    assert lost(article, "") == "has 36 words that what was read of it lacks"
    assert lost(article, " ".join(SAID.split()[:-2]) + SAID) is None
