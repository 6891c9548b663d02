"""What is shown of a citation: its passage whole, or its quote alone with a little around it.

Nothing but the article's own words, in their order; ``strings.GAP`` stands where some are left
out between them.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import zip_longest
from typing import Any

from summitqa.article import Article, Citation, Passage, Sentence
from summitqa.asks import asks
from summitqa.context import first_asks, lead_of
from summitqa_bot import strings
from summitqa_bot.asked import Asked
from summitqa_bot.wording.reply import Card, Cited

# Characters: up to so many, what else a passage says is shown beside its quote, about four
# lines of a chat; of a longer one the sentence next to the quote, up to so many as well. Above
# the quote stand two lines at most, or it would not be read first.
_AROUND, _ABOVE = 300, 160
# Characters of a title and of a heading in a citation line, so that a platform that cuts the line
# short never takes the paragraph's number from it.
_TITLE, _HEADING = 150, 60
# A list's mark, which says nothing without the item behind it.
_MARK = re.compile(r"^[ \t]*(?:\d{1,3}[.)]|[a-z][.)]|[-*•])\s*\Z", re.MULTILINE)


def whole(citation: Citation, number: int) -> Card:
    """Set a passage as it stands in its article, its quote singled out."""
    text, passage, quote = citation.article.text, citation.passage, citation.sentence
    before, after = text[passage.start : quote.start], text[quote.end : passage.end]
    return Card(
        _label(citation, number), before, citation.quote, after, citation.url,
        cited=_cited(citation, number),
    )  # fmt: skip


def excerpt(citation: Citation, number: int) -> Card:
    """Set a quote to be read first, with what it is judged by around it in small print.

    Before it the question that it answers, where one is asked in its passage or right before;
    behind it the rest of its passage where that is short, else the sentence that it leans on,
    goes on with or follows.
    """
    text, passage, quote = citation.article.text, citation.passage, citation.sentence
    lead = _lead(citation)
    question = _reaching(lead, citation) if lead and _asks(lead, citation) else None
    begin = max(passage.start, question.end) if question else passage.start
    before = [one for one in passage.sentences if begin <= one.start and one.end <= quote.start]
    after = [one for one in passage.sentences if one.start >= quote.end]
    shown = Sentence(begin if before else quote.start, passage.end if after else quote.end)
    if shown.end - shown.start - len(citation.quote) > _AROUND:
        near = lead if lead and not question else (after or before[-1:])[0]
        shown = _near(text, quote, near)
    return Card(
        _label(citation, number), "", citation.quote, "", citation.url,
        lead=_above(text, question, gap=bool(before)) if question else "",
        rest=_behind(citation, begin, shown),
        cited=_cited(citation, number),
    )  # fmt: skip


def _cited(citation: Citation, number: int) -> Cited:
    return Cited(citation.article.slug, citation.sentence.start, citation.sentence.end, number)


def _lead(citation: Citation) -> Sentence | None:
    """Find the sentence that leads to a quote."""
    article, passage, quote = citation.article, citation.passage, citation.sentence
    place = sum(one.end <= quote.start for one in passage.sentences)
    said = lead_of(article, passage, place)
    start = article.text.rfind(said, 0, quote.start) if said else -1
    return None if start < 0 else Sentence(start, start + len(said))


def _asks(lead: Sentence, citation: Citation) -> bool:
    article, passage = citation.article, citation.passage
    begins = lead.start == passage.sentences[0].start
    return asks(article.text[lead.start : lead.end]) or (begins and first_asks(article, passage))


def _reaching(question: Sentence, citation: Citation) -> Sentence:
    """Give a question with what is said between it and the quote, where that is little."""
    start = citation.sentence.start
    before = [one.end for one in citation.passage.sentences if one.end <= start]
    if not before or start - question.start > _ABOVE:
        return question
    return Sentence(question.start, before[-1])


def _near(text: str, quote: Sentence, near: Sentence) -> Sentence:
    """Reach from a quote over a sentence beside it, over its nearest words where it is long."""
    if near.start < quote.start:
        return Sentence(_from(text, near.start, quote.start), quote.end)
    end = min(near.end, quote.end + _AROUND)
    word = text.rfind(" ", quote.end + 1, end) if end < near.end else end
    return Sentence(quote.start, word if word > 0 else end)


def _from(text: str, start: int, end: int) -> int:
    """Give where a span begins of which no more than its nearest words are shown."""
    if end - start <= _AROUND:
        return start
    word = text.find(" ", end - _AROUND, end) + 1
    return word or end - _AROUND


def _above(text: str, question: Sentence, *, gap: bool) -> str:
    start = _from(text, question.start, question.end)
    parts = (
        strings.GAP if start > question.start else "",
        text[start : question.end],
        strings.GAP if gap else "",
    )
    return " ".join(part for part in parts if part)


def _behind(citation: Citation, begin: int, shown: Sentence) -> str:
    """Give what is shown of a passage from ``begin`` but its quote, for which a mark stands."""
    text, quote = citation.article.text, citation.sentence
    before, after = text[shown.start : quote.start], text[quote.end : shown.end]
    before = _MARK.sub("", before)
    rest = f"{before}{strings.GAP}{after}" if before else after
    if before and shown.start > begin:
        rest = f"{strings.GAP} {rest}"
    if after and shown.end < citation.passage.end:
        rest = f"{rest} {strings.GAP}"
    return rest.strip()


def kept(citations: Sequence[Citation]) -> dict[str, Sequence[Sequence[Any]]]:
    """Give what is kept of citations that are shown: ``Asked.cited`` and ``Asked.excerpts``."""
    cited, excerpts = [], []
    for number, citation in enumerate(citations, start=1):
        place = (citation.article.slug, citation.passage.number)
        span = (citation.sentence.start, citation.sentence.end)
        one, short = whole(citation, number), excerpt(citation, number)
        cited.append((*place, *span, one.quote, one.label, one.url, one.before, one.after))
        excerpts.append((short.lead, short.rest))
    return {"cited": cited, "excerpts": excerpts}


def shown(asked: Asked) -> tuple[Card, ...]:
    """Set citations as they were shown; the older ones within their passages."""
    cards = stored(asked.cited)
    return tuple(
        one if around is None else replace(one, before="", after="", lead=around[0], rest=around[1])
        for one, around in zip_longest(cards, asked.excerpts[: len(cards)])
    )


def stored(cited: Sequence[Sequence[Any]]) -> tuple[Card, ...]:
    """Set citations whole as they are kept; the oldest without what stood around the quote."""
    return tuple(_stored(number, *one) for number, one in enumerate(cited, start=1))


def _stored(
    number: int, slug: str, _paragraph: int, start: int, end: int, quote: str, label: str,
    url: str | None, before: str = "", after: str = "",
) -> Card:  # fmt: skip
    return Card(label, before, quote, after, url, cited=Cited(slug, start, end, number))


def _label(citation: Citation, number: int) -> str:
    """Give the line that says where a citation stands."""
    published = citation.article.published
    return strings.CITATION.format(
        number=number,
        place=where(citation.article, citation.passage),
        date=f", {day(published)}" if published else "",
    )


def where(article: Article, passage: Passage, *, whole: bool = False) -> str:
    """Say where a passage stands: its article, the innermost heading above it, its number.

    ``whole``: with titles of any length, for what is no line of a chat.
    """
    heading = next((one for one in reversed(passage.heading) if one != article.title), "")
    title = article.title if whole else _short(article.title, _TITLE)
    heading = heading if whole else _short(heading, _HEADING)
    return strings.PLACE.format(
        title=title,
        heading=strings.PLACE_HEADING.format(heading=heading) if heading else "",
        paragraph=passage.number,
        page=strings.PLACE_PAGE.format(page=passage.page) if passage.page else "",
    )


def _short(line: str, most: int) -> str:
    """Fit a line into so many characters, whole words where it has any."""
    line = " ".join(line.split())
    if len(line) <= most:
        return line
    return f"{line[:most].rpartition(' ')[0] or line[: most - 1]}…"


def day(at: date) -> str:
    """Write a day as people read it."""
    return f"{at.day} {strings.MONTHS[at.month - 1]} {at.year}"
