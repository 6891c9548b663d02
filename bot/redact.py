"""Blank secrets wherever text leaves us: logs, replies, traces, the terminal.

Known ones are those of the configuration, whatever file it stands in. A token pasted into
the wrong setting is not known, so what has the shape of one goes as well.
"""

import os
import re
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

from dotenv import dotenv_values

from summitqa.settings import Settings

BLANK = "***"
_SHAPES = re.compile(
    r"xox[a-z](?:\.[a-z0-9]+)?-[\w-]+|xapp-[\w-]+"  # Slack, however short
    # A socket's ticket and a response_url let whoever reads them act, as its tokens do.
    r"|(?<=ticket=)[\w%-]+|(?<=://hooks\.)slack\S+"
    r"|(?<![\w-])[\w-]{20,}\.[\w-]{4,}\.[\w-]{20,}(?![\w-])"  # Discord
    r"|(?<=:/)/?(?!/?user:password@)[^\s/:@]*:[^\s/@]+(?=@)"  # in a URL, but for our own example
)
_PASSWORD = re.compile(r"://[^\s/:@]*:([^\s/@]+)@")


def configured() -> dict[str, str]:
    """Read the settings as they are written, in ``.env`` of the working folder or outside it."""
    try:
        from_file = dotenv_values(Path(".env"))
    except (OSError, UnicodeDecodeError):
        from_file = {}
    return {**{name: value for name, value in from_file.items() if value}, **os.environ}


def secrets() -> tuple[str, ...]:
    """Give the values of all secret settings, and the passwords within them."""
    given = configured()
    names = [one.metadata["variable"] for one in fields(Settings) if not one.repr]
    values = [given[name].strip() for name in names if given.get(name, "").strip()]
    return with_passwords(values)


def with_passwords(values: Iterable[str]) -> tuple[str, ...]:
    """Add the passwords that stand in URLs, which are told of without the rest."""
    values = list(values)
    return (*values, *(match[1] for value in values for match in _PASSWORD.finditer(value)))


def blank(text: str, known: Iterable[str]) -> str:
    """Blank known secrets, the longest first, and whatever looks like a token."""
    for secret in sorted(known, key=len, reverse=True):
        text = text.replace(secret, BLANK)
    return _SHAPES.sub(BLANK, text)
