"""Blank secrets wherever text leaves us: logs, replies, traces, the terminal.

Known ones are those of the settings that are declared secret. A token pasted into the wrong
setting is not known, so what has the shape of one goes as well.
"""

import os
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import quote, unquote

from summitqa_bot.settings import KEY, secrets_of

BLANK = "***"
_SHAPES = re.compile(
    r"xox[a-z](?:\.[a-z0-9]+)?-[\w-]+|xapp-[\w-]+"  # Slack, however short
    # A socket's ticket and a response_url let whoever reads them act, as its tokens do.
    r"|(?<=ticket=)[\w%-]+|(?<=://hooks\.)slack\S+"
    r"|(?<![\w-])[\w-]{20,}\.[\w-]{4,}\.[\w-]{20,}(?![\w-])"  # Discord
    r"|(?<!\w)hf_\w{20,}"  # Hugging Face
    # Whoever reads a link of ours may read what it opens: its seal, and the names of answers.
    r"|(?<=[?&;]k=)[1-9]\d{8,11}\.[\w-]{20,}"
    r"|(?<=[?&;]r=)[\w-]{8,32}\.\d+|(?<=/q/)[\w-]{8,32}(?![\w-])(?:\.\d+)?"
    r"|(?<=:/)/?(?!/?user:password@)[^\s/:@]*:[^\s/@]+(?=@)"  # in a URL, but for our own example
)
_PASSWORD = re.compile(r"(?:://[^\s/:@]*:|[?&]password=)([^\s@&]+)")
# A shorter one may be any word of a sentence; from this length on it stands in no other word.
_SHORTEST, _UNMISTAKABLE = 8, 16
_KEY_LENGTH = 44


def secrets() -> tuple[str, ...]:
    """Give the values of all secret settings, and the passwords and keys within them."""
    values = secrets_of(os.environ)
    return (*values, *_passwords(values), *_keys(values))


def blank(text: str, known: Iterable[str]) -> str:
    """Blank known secrets, and the passwords within them, and whatever looks like a token.

    Only whole values go, and short passwords where a URL holds them: what merely begins like
    one is a word of its own.
    """
    pattern = _known(tuple(known))
    return _SHAPES.sub(BLANK, pattern.sub(BLANK, text) if pattern else text)


def _passwords(values: Iterable[str]) -> Iterator[str]:
    """Give the passwords that stand in URLs, as they are written and as they are meant."""
    for value in values:
        for match in _PASSWORD.finditer(value):
            yield from dict.fromkeys((match[1], unquote(match[1]), quote(unquote(match[1]), "")))


def _keys(values: Iterable[str]) -> Iterator[str]:
    """Give each of the keys that are written together."""
    for value in values:
        if len(value) > _KEY_LENGTH:
            yield from re.findall(rf"(?:^|(?<=[\s,])){KEY}(?=[\s,]|$)", value)


@lru_cache(maxsize=16)
def _known(values: tuple[str, ...]) -> re.Pattern[str] | None:
    passwords = set(_passwords(values))
    wholes = sorted({*values, *passwords, *_keys(values)}, key=len, reverse=True)
    parts = [_whole(one) for one in wholes if len(one) >= _SHORTEST]
    parts += [rf"(?<=:/)/?[^\s/:@]*:{re.escape(one)}(?=@)" for one in passwords]
    return re.compile("|".join(parts)) if parts else None


def _whole(secret: str) -> str:
    """Match a secret where it is no part of a longer word; an escape before it is none."""
    escaped = re.escape(secret)
    if len(secret) >= _UNMISTAKABLE:
        return escaped
    before = r"(?:(?<!\w)|(?<=\\[abfnrtv])|(?<=\\x[0-9a-f]{2}))" if secret[0].isalnum() else ""
    return before + escaped + (r"(?!\w)" if secret[-1].isalnum() else "")
