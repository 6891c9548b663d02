"""A shelf as it is filled from Slack: by the real desk, with a small model."""

from contextlib import asynccontextmanager

from slack_rig import command, press, submitted, words
from slack_server import ADMIN

from summitqa_bot.service.desk import Desk
from summitqa_bot.settings import Rate, Settings
from summitqa_bot.state import State
from summitqa_bot.strings import articles as said
from tests.fakes import FakeEncoder, index, library, write

RULES = "# House rules\n\nDogs stay on the lead.\n\nQuiet hours begin at ten in the evening.\n"


@asynccontextmanager
async def real_desk(folder):
    """The desk, with a house shelf of one article in a data folder below ``folder``."""
    home = folder / "home"
    index(home, write(folder / "house", {"bridge.md": "# Bridge\n\nThe bridge is of stone.\n"}))
    settings = Settings(home=home, user_limit=Rate(1000, 1), channel_limit=Rate(1000, 1))
    desk = Desk(settings, library(home), State(home), FakeEncoder())
    yield desk
    await desk.close()


class Shelf:
    """What an admin does with the shelf, and what they are shown."""

    def __init__(self, rig, slack):
        self.rig, self.slack = rig, slack

    async def after(self, body):
        shown = len(self.slack.responses)
        await self.rig.send(body)
        await self.rig.settle(lambda: len(self.slack.responses) > shown)
        assert self.slack.responses[-1]["response_type"] == "ephemeral"
        return self.slack.responses[-1]

    async def said(self, body):
        return " ".join(words((await self.after(body))["blocks"]))

    async def opened(self, body):
        opened = len(self.slack.sent("views.open"))
        await self.rig.send(body)
        await self.rig.settle(lambda: len(self.slack.sent("views.open")) > opened)
        return self.slack.sent("views.open")[-1]["view"]

    def articles(self, text, user=ADMIN):
        return command(self.slack, "/articles", text, user_id=user)

    def press(self, shown, label, user=ADMIN):
        row = next(one for one in shown["blocks"] if one["type"] == "actions")["elements"]
        button = next(one for one in row if one["text"]["text"] == label)
        return press(self.slack, button, user={"id": user})

    async def put(self, text=RULES, name="rules.md"):
        file = self.slack.files.put(name, text)
        view = await self.opened(self.articles("add"))
        shown = await self.after(submitted(view, ADMIN, file=[file]))
        return await self.after(self.press(shown, said.BUTTON_PUT))
