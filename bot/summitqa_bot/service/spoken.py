"""No method of the desk ends in an exception: it ends in a sentence, or where another answers."""

import functools
import logging
import secrets
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, cast

from summitqa.errors import SummitQAError
from summitqa_bot import strings
from summitqa_bot.state.events import TakenOver
from summitqa_bot.wording import replies
from summitqa_bot.wording.reply import Reply

log = logging.getLogger("summitqa_bot.service.desk")
M = TypeVar("M", bound=Callable[..., Coroutine[Any, Any, Reply]])


def spoken(method: M) -> M:
    """Turn whatever a desk method raises into a sentence for the person who asked.

    Only TakenOver it lets pass: to them another replica speaks.
    """

    @functools.wraps(method)
    async def safe(*args: Any, **kwargs: Any) -> Reply:
        try:
            reply: Reply = await method(*args, **kwargs)
        except SummitQAError as error:
            by = getattr(error, "by", None)
            return replies.explained(error, args[0]._settings.secrets, by)
        except TakenOver:
            raise
        except Exception:
            error_id = secrets.token_hex(4)
            log.exception("error %s in %s", error_id, method.__name__)
            return replies.notice(strings.TROUBLE.format(id=error_id))
        return reply

    return cast(M, safe)
