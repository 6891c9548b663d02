"""Buttons and forms: every press reaches the desk by the component's id alone.

Nothing is held in memory for a button, so those of old answers work after a restart.
"""

from typing import Any

import discord
from discord.ext import commands

from summitqa_bot import strings
from summitqa_bot.attend import SHARE
from summitqa_bot.discord import text as discord_text
from summitqa_bot.discord.actor import Interaction, visits
from summitqa_bot.discord.front import Front, kept_apart
from summitqa_bot.discord.send import ALREADY_ACKNOWLEDGED, BROKEN
from summitqa_bot.discord.venues import PressVenue
from summitqa_bot.permissions import Actor
from summitqa_bot.reply import Reply


class Presses(commands.Cog):
    """Hears every press of a button and every form that is sent."""

    def __init__(self, front: Front) -> None:
        self.front = front

    @commands.Cog.listener()
    async def on_interaction(self, interaction: Interaction) -> None:
        """Open the form that the button asks for, or hand the press to the desk."""
        data: dict[str, Any] = dict(interaction.data or {})
        component = str(data.get("custom_id", ""))
        if interaction.type is discord.InteractionType.modal_submit:
            await self._press(interaction, component, _entered(data))
        elif interaction.type is discord.InteractionType.component and not await self._form_opens(
            interaction, component
        ):
            await self._press(interaction, component, "")

    async def _press(self, interaction: Interaction, component: str, text: str) -> None:
        async def work(actor: Actor) -> Reply:
            # Where the bot is brought along nothing is for others, whatever a forged press says.
            if visiting and component.partition(":")[0] == SHARE:
                return Reply(strings.NOT_SHARED, private=True)
            return await self.front.desk.press(actor, component, text)

        visiting = visits(interaction)
        await self.front.attendance.press(
            self.front.event(interaction, PressVenue(interaction)),
            component,
            kept_apart(work) if visiting else work,
        )

    async def _form_opens(self, interaction: Interaction, component: str) -> bool:
        """Ask for a line of text; false where the button asks for none, or that fails."""
        prompt = self.front.prompts.get(component.partition(":")[0])
        if prompt is None:
            return False
        try:
            await interaction.response.send_modal(_form(component, prompt))
        except discord.HTTPException as error:
            return error.code == ALREADY_ACKNOWLEDGED
        except BROKEN:
            return False
        except (KeyError, TypeError):
            return True  # opened, though a proxy kept back the body of Discord's answer
        return True


def _form(component: str, prompt: str) -> discord.ui.Modal:
    layout = discord_text.modal(component, strings.DISCORD_FORM_TITLE, prompt)
    label = layout["components"][0]
    entry = label["component"]
    form = discord.ui.Modal(title=layout["title"], custom_id=layout["custom_id"], timeout=None)
    line: discord.ui.TextInput[discord.ui.Modal] = discord.ui.TextInput(
        custom_id=entry["custom_id"], required=False, max_length=entry["max_length"]
    )
    form.add_item(discord.ui.Label(text=label["label"], component=line))
    form.stop()  # what it sends is heard above, even after a restart; no need to keep it
    return form


def _entered(data: dict[str, Any]) -> str:
    """Give the first line of text found in a form's nested components."""
    if isinstance(data.get("value"), str):
        return str(data["value"])
    inner = [*data.get("components", ()), *([data["component"]] if "component" in data else ())]
    return next((text for text in map(_entered, inner) if text), "")
