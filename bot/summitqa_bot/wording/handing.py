"""From a question that waits for people to what they are shown: pure conversions, no I/O."""

from collections.abc import Callable, Sequence

from summitqa.answer import Answer, Match
from summitqa_bot.state.handoffs import Handoff
from summitqa_bot.strings import editors as said
from summitqa_bot.wording import cards
from summitqa_bot.wording.reply import Button, Field, Form, Reply


def handed(handoff: Handoff) -> Reply:
    """Tell people of a question, and offer what they can do."""
    text = said.NOT_FOUND.format(question=handoff.question)
    if handoff.reason:
        because = said.BECAUSE.format(reason=handoff.reason)
        text = said.NOT_WELL.format(question=handoff.question, reason=because)
    buttons = (
        Button("point", handoff.ref, said.BUTTON_POINT),
        Button("write", handoff.ref, said.BUTTON_WRITE),
        Button("dismiss", handoff.ref, said.BUTTON_DISMISS),
    )
    return Reply(text, buttons=buttons)


def closed(handoff: Handoff, outcome: str) -> Reply:
    """Say in place of a question that it was seen to, and how."""
    return Reply(said.SEEN_TO.format(question=handoff.question, outcome=outcome))


def pointing(component: str, question: str) -> Form:
    """Give the form in which a passage is searched for."""
    search = Field("search", said.FIELD_SEARCH, value=question[:300], required=True)
    return Form(component, said.FORM_POINT, (search,))


def writing(component: str) -> Form:
    """Give the form in which an answer is written."""
    return Form(
        component,
        said.FORM_WRITE,
        (
            Field("text", said.FIELD_ANSWER, "text", required=True),
            Field("name", said.FIELD_NAME, required=True),
        ),
    )


def choice(handoff: Handoff, matches: Sequence[Match], short: Callable[[str], str]) -> Reply:
    """Show passages to choose from; ``short`` names an article in few characters."""
    shown = tuple(cards.excerpt(one.citation, number) for number, one in enumerate(matches, 1))
    places = (
        f"{short(one.citation.article.slug)}.{one.citation.passage.number}" for one in matches
    )
    buttons = tuple(
        Button("teach", f"{handoff.ref}.{place}", said.BUTTON_TEACH.format(number=number))
        for number, place in enumerate(places, 1)
    )
    text = said.CHOOSE.format(question=handoff.question)
    return Reply(text, shown, buttons=buttons, private=True)


def seen_to(handoff: Handoff, outcome: str, asker: str, title: str | None) -> Reply:
    """Say what was taught or put on the shelf."""
    if title is None:
        text = said.TAUGHT.format(question=handoff.question, asker=asker)
    else:
        name = outcome.removeprefix(said.WRITTEN.format(name=""))
        text = said.ANSWERED.format(title=f"“{title}”", name=name, asker=asker)
    return Reply(text, private=True)


def answered(question: str, answer: Answer) -> Reply:
    """Tell whoever asked that there is an answer now."""
    shown = tuple(cards.excerpt(one.citation, 1) for one in answer.matches[:1])
    return Reply(said.TOLD_ASKER.format(question=question), shown)
