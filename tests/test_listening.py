"""Several servers in one process, of which one may end before another that began later, or earlier."""

import asyncio
import logging
from contextlib import AsyncExitStack

import pytest
from aiohttp import web
from slack_rig import free_port

from summitqa_bot.listening import Address, serving

log = logging.getLogger("summitqa_bot.tests.listening")


@pytest.mark.parametrize("first_to_end", [0, 1])
async def test_what_one_server_guards_against_stays_guarded_when_another_ends(first_to_end, caplog):
    async with AsyncExitStack() as stack:
        ends = []
        for _ in range(2):
            one = await stack.enter_async_context(AsyncExitStack())
            address = Address("127.0.0.1", free_port(), "A_SETTING")
            await one.enter_async_context(serving(web.Application(), address, log))
            ends.append(one)
        await ends[first_to_end].aclose()
        loop = asyncio.get_running_loop()
        for _ in range(5):
            trouble = {
                "message": "socket.accept() out of system resource",
                "exception": OSError(24, "x"),
            }
            loop.call_exception_handler(trouble)
    assert len(caplog.records) == 1
    assert "no more connections can be taken" in caplog.text
