"""What of a conversation a next question may lean on."""

from collections.abc import Callable, Iterable, Sequence

REMEMBERED_TURNS = 3


def carried(turns: Iterable[tuple[str, bool]], leans: Callable[[str], bool]) -> list[str]:
    """Give the questions that were answered since the subject last changed, oldest first.

    ``turns`` are the questions asked, oldest first, each with whether it was answered. One
    that leans on none before it begins a new subject, though it found nothing.
    """
    kept: list[str] = []
    for question, found in turns:
        if not leans(question):
            kept = []
        if found:
            kept.append(question)
    return kept[-REMEMBERED_TURNS:]


def unanswered(turns: Sequence[tuple[str, bool]]) -> bool:
    """Tell whether the last of the turns is a question that nothing answered."""
    return bool(turns) and not turns[-1][1]
