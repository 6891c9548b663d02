"""Those whom the desk's replies tell of by their ids, as elements that Slack's clients name."""

import re
from dataclasses import dataclass, replace

from summitqa_bot.strings import slack as said
from summitqa_bot.wording.reply import Person, Reply

# A channel of a workspace that is not the home is marked with its team.
_ID = re.compile(r"\b(?:T[A-Z0-9]+:)?(?=[A-Z]*[0-9])([CGUW][A-Z0-9]{7,})\b")


@dataclass(frozen=True, slots=True)
class Channel(Person):
    """A channel, which is told of as people are; ``user`` is its id."""

    @property
    def words(self) -> str:
        """What stands for it where no name can be shown."""
        return said.A_CHANNEL


def named(reply: Reply) -> Reply:
    """Have people and channels told of by their names, not by their ids."""
    if reply.values:
        return reply
    found: list[Person] = []

    def name(match: re.Match[str]) -> str:
        kind = Channel if match[1][0] in "CG" else Person
        found.append(kind("slack", match[1]))
        return found[-1].words

    text = _ID.sub(name, reply.text)
    return replace(reply, text=text, values=tuple(found))
