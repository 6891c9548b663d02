"""What admins are told: what is indexed, what was not answered, what people thought."""

from collections.abc import Collection, Sequence
from datetime import datetime

from summitqa import snapshot
from summitqa.counting import counted
from summitqa.library import Library
from summitqa.snapshot import Snapshot
from summitqa.taught import MEND
from summitqa_bot import strings
from summitqa_bot.service.alike import grouped
from summitqa_bot.service.shelves import Shelves
from summitqa_bot.state import State
from summitqa_bot.strings.serving import VERSION_LOST
from summitqa_bot.wording import replies
from summitqa_bot.wording.reply import Button, Moment, Reply
from summitqa_index.catalogue import Difference
from summitqa_index.versions import Version, read_otherwise

REPORTED_DAYS = 7
_LISTED = 15
_SLUGS = 3  # articles that are named of those that a version has added, or changed, and so on
_SWITCHED = 4  # versions that are offered to be switched to


def status(shelves: Shelves, name: str) -> Reply:
    """Sum up the version of a shelf that is in use."""
    shelf = shelves.get(name)
    if shelf is None:
        return replies.notice(strings.STATUS_EMPTY)
    return _status(shelf.library.store, shelf.library.lessons.trouble)


def _status(store: Snapshot, trouble: str) -> Reply:
    facts = snapshot.status(store)
    built = Moment(datetime.fromisoformat(facts["built_at"]))
    text = strings.STATUS.format(
        articles=counted(facts["articles"], *strings.ARTICLES),
        passages=counted(facts["passages"], *strings.PASSAGES),
        sentences=counted(facts["sentences"], *strings.SENTENCES),
        built_at=built.words,
        model=facts["model"],
    )
    if read_otherwise(store.facts):
        text += " " + strings.STATUS_READ_OTHERWISE
    if trouble:
        text += f" {trouble} {MEND}"
    note = strings.STATUS_NOTE.format(
        version=facts["index_version"], megabytes=f"{facts['bytes'] / 1e6:.1f}"
    )
    return Reply(text, note=note, private=True, values=(built,))


def unanswered(state: State, library: Library, communities: Collection[str]) -> Reply:
    """List questions of the last days that nothing answered, those alike as one."""
    asked = state.recent(REPORTED_DAYS, found=False, communities=communities)
    questions = [one.question for one in asked]
    return replies.unanswered(grouped(questions, library.vectors_of)[:_LISTED])


def feedback(state: State, communities: Collection[str]) -> Reply:
    """Sum up the thumbs, with the newest complaints."""
    return replies.feedback(*state.ratings(communities))


def versions(found: Sequence[Version]) -> Reply:
    """List versions, newest first; those that are not in use can be switched to."""
    if not found:
        return replies.notice(strings.STATUS_EMPTY)
    built = [Moment(datetime.fromisoformat(one.built_at)) for one in found]
    lines = [
        strings.VERSION.format(
            version=one.id,
            built_at=at.words,
            articles=counted(one.articles, *strings.ARTICLES),
            state=strings.VERSION_USED * one.in_use
            + strings.VERSION_ASIDE * one.aside
            + VERSION_LOST * one.lost,
            differs="" if one.differs is None else f" · {_differs(one.differs)}",
        )
        for one, at in zip(found, built, strict=True)
    ]
    # A press may come to a machine that has not what is lost.
    others = [one.id for one in found if not (one.in_use or one.lost)][:_SWITCHED]
    buttons = tuple(
        Button("switch", version, strings.BUTTON_TO.format(version=version)) for version in others
    )
    return Reply("\n".join(lines), buttons=buttons, private=True, values=tuple(built))


def _differs(found: Difference) -> str:
    """Tell in few words what a version has that the one before had not."""
    told = [
        form.format(slugs=_few(slugs))
        for name, form in strings.VERSION_DIFFERS.items()
        if (slugs := getattr(found, name))
    ]
    return "; ".join(told) or strings.VERSION_SAME


def _few(slugs: Sequence[str]) -> str:
    more = len(slugs) - _SLUGS
    return ", ".join(slugs[:_SLUGS]) + (strings.VERSION_MORE.format(count=more) if more > 0 else "")


def verified(broken: Sequence[str]) -> Reply:
    """Say whether every file of a version is whole."""
    if not broken:
        return replies.notice(strings.VERIFIED)
    return replies.notice(strings.DAMAGED.format(files=", ".join(broken)))
