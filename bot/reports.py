"""What admins are told: what is indexed, what was not answered, what people thought."""

from bot import replies, strings
from bot.reply import Reply
from bot.state import State
from summitqa.library import Library
from summitqa.store import Store

REPORTED_DAYS = 7
_LISTED = 15
# Two questions whose unit mean vectors are at least this close are counted as one.
_ALIKE = 0.75


def status(store: Store) -> Reply:
    """Sum up the version in use."""
    facts = store.status()
    text = strings.STATUS.format(**facts)
    note = strings.STATUS_NOTE.format(
        version=facts["index_version"], megabytes=f"{facts['bytes'] / 1e6:.1f}"
    )
    return replies.notice(text, note)


def unanswered(state: State, library: Library) -> Reply:
    """List the questions of the last days that nothing answered, those alike as one."""
    questions = [asked.question for asked in state.recent(REPORTED_DAYS, found=False)]
    groups: list[tuple[str, int]] = []
    vectors = library.vectors_of(questions)
    kept: list[int] = []
    counts: list[int] = []
    for number in range(len(questions)):
        near = [float(vectors[number] @ vectors[other]) for other in kept]
        if near and max(near) >= _ALIKE:
            counts[near.index(max(near))] += 1
        else:
            kept.append(number)
            counts.append(1)
    groups = [(questions[number], count) for number, count in zip(kept, counts, strict=True)]
    groups.sort(key=lambda group: -group[1])
    return replies.unanswered(groups[:_LISTED])


def feedback(state: State) -> Reply:
    """Sum up the thumbs, with the newest complaints."""
    return replies.feedback(*state.ratings())
