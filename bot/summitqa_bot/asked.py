"""An answer as it is remembered."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from summitqa.settings import HOUSE


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was answered, and where the answer stands.

    ``articles`` are the slugs of those that were asked, none where all were. ``cited`` are the
    shown citations, each [slug, paragraph, start, end, quote, label, url, before, after], the last
    two what else its passage says; ``excerpts`` for each the small print above and behind it,
    [lead, rest], none where it was shown within its passage, as once all were. ``caution`` and
    ``note`` are what was said above them, the second small; ``more``: whether further passages
    were offered. ``message`` is the platform's id of the answer's message once it was posted.
    ``community`` is whose question it was, "" where that was not noted yet; ``shelf`` which shelf
    was cited. ``origin`` is the platform's id of the message that asked, if one did.
    """

    ref: str
    asker: str
    platform: str
    channel: str | None
    thread: str | None
    question: str
    articles: Sequence[str]
    context: Sequence[str]
    version: str
    found: bool
    private: bool
    cited: Sequence[Sequence[Any]]
    message: str | None = None
    note: str = ""
    caution: str = ""
    excerpts: Sequence[Sequence[str]] = ()
    more: bool = True
    community: str = ""
    shelf: str = HOUSE
    origin: str | None = None

    @property
    def alone(self) -> bool:
        """Whether nobody but the asker reads there: answered in private, or in direct messages."""
        if self.private or self.channel is None:
            return self.private
        if self.platform == "slack":  # docs.slack.dev: the id of direct messages begins with D
            return self.channel.rpartition(":")[2].startswith("D")
        return self.channel == self.thread  # on Discord a conversation is a channel only there
