"""From a document to an article: numbered passages and their sentences."""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import sentencex

from summitqa.article import Article, Passage, Sentence
from summitqa.asks import asks
from summitqa.errors import SourceError
from summitqa_index.sources.clean import one_line
from summitqa_index.sources.document import Block, Document, Part
from summitqa_index.sources.reading import is_address

# A longer paragraph is several passages: nobody reads a citation of ten thousand characters, and
# what splits it into sentences or encodes it must not meet one of millions.
_LONGEST = 10_000
# Quantifiers are possessive: what they have taken is not tried anew for every shorter run.
# sentencex does not break after an ellipsis, nor after a closing quote or bracket that
# follows a full stop. "?" and "!" before a closing quote are left alone: what follows them
# is as often "he asked" under another name as a new sentence.
_MISSED = re.compile(r"""(?:…["”’)\]]*+|\.["”’)\]]++)\s++(?=["“‘(\[]?[A-Z])""")
# A sentence of one word, or a number that was taken for one.
_OPENING = re.compile(r"[^\W\d_]+[.!]|(?:\d{1,3}\.){1,5}")
_SHORT = 24  # characters
# … and where sentencex breaks there, a verb of speech under a name takes the break back.
_SPOKEN = re.compile(
    r"""[?!]["”’]\s++(?>(?:[A-Z][\w’'-]*+\s++){0,3})(?>(?:(?:he|she|they|it)\s++)?)"""
    r"(?:said|says|asked|asks|added|replied|answered|suggested|told|wrote|wondered|shouted|cried|called)\b"
)


def to_article(document: Document, name: str) -> Article:
    """Make an article of a document; ``split`` and ``named`` in one."""
    return named(split(document), name)


def split(document: Document) -> Article:
    """Make an article of a document, its passages numbered and split into sentences.

    Slug and title are empty where the document has none. Raises SourceError where there is no
    paragraph at all.
    """
    language = (document.language or "en")[:2].lower()
    language = language if re.fullmatch("[a-z]{2}", language) else "en"
    passages = tuple(
        Passage(number, block.start, block.end, sentences, block.heading, block.page)
        for number, (block, sentences) in enumerate(_split(document, language), start=1)
    )
    if not passages:
        raise SourceError("holds no paragraph of text")
    return Article(
        slug=slugify(document.slug) if document.slug else "",
        title=one_line(document.title) or "",
        text=document.text,
        passages=passages,
        url=document.url if document.url and is_address(document.url) else None,
        published=document.published,
        credit=one_line(document.credit),
        language=language,
    )


def named(article: Article, name: str) -> Article:
    """Name an article that has no slug or title after its source, ``name`` without an ending."""
    known = one_line(name) or ""
    return replace(
        article, slug=article.slug or slugify(name), title=article.title or _titled(known)
    )


def slugify(name: str) -> str:
    """Make a name of lower-case letters, digits and hyphens; other scripts keep their letters."""
    folded = "".join(
        character
        for character in unicodedata.normalize("NFKD", name[:500].casefold())
        if not unicodedata.combining(character)
    )
    return re.sub(r"[\W_]+", "-", folded).strip("-")[:80] or "article"


def _titled(name: str) -> str:
    words = re.sub(r"[\s_-]+", " ", name).strip()
    return (words[:1].upper() + words[1:])[:200] or "Untitled"


def _split(document: Document, language: str) -> list[tuple[Block, tuple[Sentence, ...]]]:
    found = (
        (block, split_sentences(document.text, block, language))
        for whole in document.blocks
        for block in _chopped(document.text, whole)
    )
    return [(block, sentences) for block, sentences in found if sentences]


def _chopped(text: str, block: Block) -> Iterator[Block]:
    """Cut a block that is too long where a line, else a sentence, else a word ends."""
    start, end = block.start, block.end
    while end - start > _LONGEST:
        half, limit = start + _LONGEST // 2, start + _LONGEST
        ends = (text.rfind(sign, half, limit) + len(sign) for sign in ("\n", ". ", " "))
        cut = next((place for place in ends if place > half), limit)
        yield _trimmed(text, _piece(block, start, cut))
        start = cut
    yield _trimmed(text, _piece(block, start, end))


def _piece(block: Block, start: int, end: int) -> Block:
    """Take a span of a block, with those of its parts that reach into it.

    Where none does, nothing of it may be quoted: the part it is given is empty.
    """
    if not block.parts:
        return replace(block, start=start, end=end)
    first = bisect_right(block.parts, start, key=lambda part: part.end)
    last = bisect_left(block.parts, end, key=lambda part: part.start)
    return replace(
        block, start=start, end=end, parts=block.parts[first:last] or (Part(start, start),)
    )


def _trimmed(text: str, block: Block) -> Block:
    piece = text[block.start : block.end]
    start = block.start + len(piece) - len(piece.lstrip())
    return replace(block, start=start, end=max(start, block.start + len(piece.rstrip())))


def split_sentences(text: str, block: Block, language: str = "en") -> tuple[Sentence, ...]:
    """Split a paragraph into sentences, spans trimmed of white space; only spans with a word."""
    found: list[Sentence] = []
    for part in block.parts or (Part(block.start, block.end),):
        start, end = max(part.start, block.start), min(part.end, block.end)
        cuts = [0, end - start] if part.whole else _cuts(text[start:end], language)
        for begin, stop in pairwise(start + cut for cut in _joined(text[start:end], cuts)):
            piece = text[begin:stop]
            if _holds_a_word(piece):
                left = len(piece) - len(piece.lstrip())
                found.append(Sentence(begin + left, begin + len(piece.rstrip())))
    return tuple(found)


def _joined(piece: str, cuts: list[int]) -> list[int]:
    """Join what says nothing by itself ("Nothing.", "1.1.") with the sentence behind it."""
    kept = cuts[:1]
    for cut, end in pairwise(cuts[1:]):
        said = piece[kept[-1] : cut].strip()
        short = len(said) <= _SHORT and _OPENING.fullmatch(said)
        if not short or (said[0].isalpha() and asks(piece[cut:end].strip())):
            kept.append(cut)
    return [*kept, *cuts[len(cuts) - 1 :]] if len(cuts) > 1 else cuts


def _holds_a_word(piece: str) -> bool:
    """Tell whether a letter or a digit is left once marks are taken off, as words are looked up."""
    plain = unicodedata.normalize("NFKD", piece)
    return any(one.isalnum() and not unicodedata.combining(one) for one in plain)


def _cuts(piece: str, language: str) -> list[int]:
    """Give where sentences begin, and the end of the last."""
    cuts = {0, len(piece)}
    for bound in sentencex.get_sentence_boundaries(language, piece):
        cuts.add(bound["start_index"])
    cuts.update(match.end() for match in _MISSED.finditer(piece))
    for match in _SPOKEN.finditer(piece):
        cuts -= set(range(match.start() + 1, match.end()))
    return sorted(cuts)
