"""The editors' report: what was asked of a shelf lately, and what came of it."""

import csv
import io
from collections import Counter
from collections.abc import Collection, Sequence

from summitqa_bot.asked import Asked
from summitqa_bot.service.alike import grouped
from summitqa_bot.service.shelves import Shelves
from summitqa_bot.state import State
from summitqa_bot.strings import editors as said
from summitqa_bot.wording.reply import File, Reply

DAYS = 7
_NAMED = 10
_QUOTED = 5
_LONGEST = 200
_FORMULA = (*"=+-@\t\r\n", *"\uff1d\uff0b\uff0d\uff20")  # the last are wide forms of the first


def survey(
    state: State,
    shelves: Shelves,
    own: str,
    communities: Collection[str],
    *,
    told_all: bool = False,
) -> Reply:
    """Sum up what ``communities`` asked lately; the file has all of it, a line a question.

    ``told_all``: it is to be read by a whole channel, so that what was asked alone is left out.
    """
    found, lost = (
        [asked for asked in state.recent(DAYS, found=one, communities=communities)
         if not (told_all and asked.alone)]
        for one in (True, False)
    )  # fmt: skip
    good, bad, _ = state.ratings(communities)
    lines = [
        said.REPORT.format(
            days=DAYS, asked=len(found) + len(lost), found=len(found), lost=len(lost),
            good=good, bad=bad,
        ),
        *_listed(said.REPORT_LOST, "questions", _groups(lost, shelves)),
        *_listed(said.REPORT_QUOTED, "quotes", _quoted(found)),
        *_untouched(found, shelves, own),
    ]  # fmt: skip
    return Reply("\n".join(lines), private=True, file=File(said.REPORT_FILE, _table(found, lost)))


def _groups(lost: Sequence[Asked], shelves: Shelves) -> list[tuple[str, int]]:
    questions = [asked.question for asked in lost]
    return grouped(questions, shelves.house.library.vectors_of)[:_NAMED]


def _quoted(found: Sequence[Asked]) -> list[tuple[str, int]]:
    quotes = Counter(str(asked.cited[0][4]) for asked in found if asked.cited)
    return quotes.most_common(_QUOTED)


def _listed(form: str, name: str, groups: Sequence[tuple[str, int]]) -> list[str]:
    if not groups:
        return []
    told = (
        said.REPORT_LINE.format(count=count, words=f"“{' '.join(words.split())[:_LONGEST]}”")
        for words, count in groups
    )
    return [form.format(**{name: "; ".join(told)})]


def _untouched(found: Sequence[Asked], shelves: Shelves, own: str) -> list[str]:
    """Name the articles of the shelf that no answer has cited."""
    shelf = shelves.get(own)
    if shelf is None:
        return []
    store = shelf.library.store
    cited = {one[0] for asked in found if asked.shelf == own for one in asked.cited}
    titles = [f"“{store.article(slug).title}”" for slug in store.slugs if slug not in cited]
    return [said.REPORT_UNTOUCHED.format(titles=", ".join(titles[:_NAMED]))] if titles else []


def _table(found: Sequence[Asked], lost: Sequence[Asked]) -> bytes:
    text = io.StringIO()
    # All is quoted: where a semicolon sets cells apart, one in a question would begin a cell.
    table = csv.writer(text, quoting=csv.QUOTE_ALL)
    table.writerow(("question", "answered", "article", "paragraph", "quote"))
    for asked in (*found, *lost):
        first = asked.cited[0] if asked.found and asked.cited else ("", "", "", "", "")
        row = (asked.question, "yes" if asked.found else "no", first[0], first[1], first[4])
        table.writerow(_inert(str(one)) for one in row)
    return text.getvalue().encode("utf-8-sig", "replace")


def _inert(cell: str) -> str:
    """Keep a spreadsheet from reading a formula into what somebody wrote."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
