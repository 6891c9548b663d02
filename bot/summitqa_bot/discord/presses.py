"""Buttons and forms: every press reaches the desk by the component's id alone.

Nothing is held in memory for a button, so those of old answers work after a restart.
"""

from typing import Any

import discord
from discord.ext import commands

from summitqa_bot import strings
from summitqa_bot.attend import SHARE, Work
from summitqa_bot.discord import modals
from summitqa_bot.discord import text as discord_text
from summitqa_bot.discord.actor import Interaction, visits
from summitqa_bot.discord.front import Front, kept_apart
from summitqa_bot.discord.handed import take
from summitqa_bot.discord.venues import PressVenue
from summitqa_bot.service.desk import FORM_ACTIONS
from summitqa_bot.service.permissions import Actor
from summitqa_bot.wording.reply import Reply


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
            await self._sent(interaction, component)
        elif interaction.type is discord.InteractionType.component and not await self._form_opens(
            interaction, component
        ):
            await self._press(interaction, component, "")

    async def _sent(self, interaction: Interaction, component: str) -> None:
        """Hand on a form that was sent: one of the desk's, or a button's line of text."""
        handed = modals.entered(interaction)
        if component.partition(":")[0] not in FORM_ACTIONS:
            line = next(filter(None, handed.texts.values()), "")
            await self._press(interaction, component, line)
            return
        desk, most = self.front.desk, self.front.settings.max_source_mb

        async def work(actor: Actor) -> Reply:
            return await take(desk, actor, component, handed, most)

        await self._do(interaction, component, work)

    async def _press(self, interaction: Interaction, component: str, text: str) -> None:
        visiting = visits(interaction)

        async def work(actor: Actor) -> Reply:
            # Where the bot is brought along nothing is for others, whatever a forged press says.
            if visiting and component.partition(":")[0] == SHARE:
                return Reply(strings.NOT_SHARED, private=True)
            return await self.front.desk.press(actor, component, text)

        await self._do(interaction, component, work)

    async def _do(self, interaction: Interaction, component: str, work: Work) -> None:
        event = self.front.event(interaction, PressVenue(interaction))
        apart = kept_apart(work) if visits(interaction) else work
        await self.front.attendance.press(event, component, apart)

    async def _form_opens(self, interaction: Interaction, component: str) -> bool:
        """Open the button's form; false where it asks for none, or that fails."""
        action = component.partition(":")[0]
        if action in FORM_ACTIONS:
            return await modals.asked_for(self.front, interaction, component)
        prompt = self.front.prompts.get(action)
        if prompt is None:
            return False
        layout = discord_text.modal(component, strings.DISCORD_FORM_TITLE, prompt)
        return await modals.opened(interaction, layout)
