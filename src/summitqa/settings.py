"""Every setting, read once from a mapping (the environment) into a frozen value.

``Settings.from_env`` raises SettingsError with one sentence that names the variable, its
value (never a token's) and what is expected.
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import platformdirs

from summitqa.errors import SettingsError

# The encoder and the reader that come with the package.
DEFAULT_MODEL, DEFAULT_READER = "summitqa-encoder", "summitqa-reader"
OFF = "off"
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def _text(_name: str, value: str) -> str:
    return value


def _or_off(_name: str, value: str) -> str:
    return OFF if value.lower() == OFF else value


def _path(name: str, value: str) -> Path:
    try:
        return Path(value).expanduser().absolute()
    except RuntimeError:  # "~" before the name of nobody
        raise SettingsError(f"{name} is {value!r}, but expects a folder's path.") from None


def _names(_name: str, value: str) -> tuple[str, ...]:
    """Several values, set apart by commas or by the platform's path separator between paths."""
    separator = os.pathsep if os.pathsep in value and "://" not in value else ","
    return tuple(part.strip() for part in value.split(separator) if part.strip())


def _ids(name: str, value: str) -> frozenset[str]:
    ids = frozenset(_names(name, value))
    for one in sorted(ids):
        if not re.fullmatch(r"\d{15,21}|[UW][A-Z0-9]{5,20}", one):
            raise SettingsError(
                f"{name} holds {one!r}, but expects user ids set apart by commas: "
                "a Discord id is 15 to 21 digits, a Slack id looks like U012ABCDEF."
            )
    return ids


def _whole(low: int, high: int) -> Callable[[str, str], int]:
    def parse(name: str, value: str) -> int:
        if not re.fullmatch(r"\d{1,9}", value) or not low <= int(value) <= high:
            raise SettingsError(
                f"{name} is {value!r}, but expects a whole number from {low} to {high}."
            )
        return int(value)

    return parse


def _switch(name: str, value: str) -> bool:
    if value.lower() not in {"0", "1", "true", "false", "yes", "no"}:
        raise SettingsError(f"{name} is {value!r}, but expects 1 or 0.")
    return value.lower() in {"1", "true", "yes"}


def _seconds(name: str, value: str) -> int:
    match = re.fullmatch(r"(\d{1,6})\s*([smhd])|0", value.lower())
    if match is None:
        raise SettingsError(
            f"{name} is {value!r}, but expects a duration with its unit, such as 30s, 15m, 6h "
            "or 1d; or 0."
        )
    return int(match[1]) * _UNITS[match[2]] if match[1] else 0


@dataclass(frozen=True, slots=True)
class Rate:
    """At most ``count`` in ``seconds``."""

    count: int
    seconds: int


def _rate(name: str, value: str) -> Rate:
    match = re.fullmatch(r"(\d{1,6})\s*/\s*(\d{0,5}[smhd])", value.lower())
    if match is None or int(match[1]) == 0:
        raise SettingsError(
            f"{name} is {value!r}, but expects a count and a time such as 20/1m or 5/30s."
        )
    return Rate(
        int(match[1]), _seconds(name, match[2] if match[2][0].isdigit() else f"1{match[2]}")
    )


def _choice(*choices: str) -> Callable[[str, str], str]:
    def parse(name: str, value: str) -> str:
        if value.lower() not in choices:
            raise SettingsError(f"{name} is {value!r}, but expects one of {', '.join(choices)}.")
        return value.lower()

    return parse


def _shape(pattern: str, expected: str) -> Callable[[str, str], str]:
    """Hold a secret to its shape without ever repeating it."""

    def parse(name: str, value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise SettingsError(f"{name} is malformed, but expects {expected}.")
        return value

    return parse


def _url(name: str, value: str) -> str:
    if not re.fullmatch(r"(https?|wss?)://[^\s/@]+(/\S*)?", value):
        raise SettingsError(f"{name} is {value!r}, but expects a URL such as https://host/path.")
    return value


def _snowflake(name: str, value: str) -> str:
    if not re.fullmatch(r"\d{15,21}", value):
        raise SettingsError(
            f"{name} is {value!r}, but expects a Discord server's id, 15 to 21 digits."
        )
    return value


def _of(
    variable: str, parse: Callable[[str, str], Any], default: Any, *, secret: bool = False
) -> Any:
    metadata = {"variable": variable, "parse": parse, "secret": secret}
    if callable(default):
        return field(default_factory=default, metadata=metadata, repr=not secret)
    return field(default=default, metadata=metadata, repr=not secret)


def _data_folder() -> Path:
    return Path(platformdirs.user_data_dir("summitqa", appauthor=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings; each field names its variable, its parser and its default."""

    home: Path = _of("SUMMITQA_HOME", _path, _data_folder)
    sources: tuple[str, ...] = _of("SUMMITQA_SOURCES", _names, ())
    model: str = _of("SUMMITQA_MODEL", _text, DEFAULT_MODEL)
    reader: str = _of("SUMMITQA_READER", _or_off, DEFAULT_READER)
    admins: frozenset[str] = _of("SUMMITQA_ADMINS", _ids, frozenset())
    passages: int = _of("SUMMITQA_PASSAGES", _whole(1, 10), 3)
    workers: int = _of("SUMMITQA_WORKERS", _whole(1, 64), 2)
    log_level: str = _of("SUMMITQA_LOG", _choice("debug", "info", "warning", "error"), "info")
    allow_urls: bool = _of("SUMMITQA_ALLOW_URLS", _switch, False)
    max_source_mb: int = _of("SUMMITQA_MAX_SOURCE_MB", _whole(1, 1000), 10)
    keep_versions: int = _of("SUMMITQA_KEEP_VERSIONS", _whole(1, 100), 3)
    refresh_seconds: int = _of("SUMMITQA_REFRESH", _seconds, 0)
    gate_tolerance: int = _of("SUMMITQA_GATE_TOLERANCE", _whole(0, 100), 2)
    database_url: str | None = _of("SUMMITQA_DATABASE_URL", _text, None, secret=True)
    retention_days: int = _of("SUMMITQA_RETENTION_DAYS", _whole(1, 3650), 90)
    user_limit: Rate = _of("SUMMITQA_USER_LIMIT", _rate, Rate(20, 60))
    channel_limit: Rate = _of("SUMMITQA_CHANNEL_LIMIT", _rate, Rate(120, 60))
    conversation_seconds: int = _of("SUMMITQA_CONVERSATION", _seconds, 1800)
    answer_in: str = _of("SUMMITQA_ANSWER_IN", _choice("thread", "reply"), "thread")
    discord_home: str | None = _of("SUMMITQA_DISCORD_HOME", _snowflake, None)
    discord_api_url: str | None = _of("SUMMITQA_DISCORD_API_URL", _url, None)
    discord_gateway_url: str | None = _of("SUMMITQA_DISCORD_GATEWAY_URL", _url, None)
    slack_mode: str = _of("SUMMITQA_SLACK_MODE", _choice("socket", "http"), "socket")
    slack_api_url: str = _of("SUMMITQA_SLACK_API_URL", _url, "https://slack.com/api/")
    slack_host: str = _of("SUMMITQA_SLACK_HOST", _text, "127.0.0.1")
    slack_port: int = _of("SUMMITQA_SLACK_PORT", _whole(1, 65535), 3000)
    discord_token: str | None = _of(
        "DISCORD_TOKEN",
        _shape(r"[^\s.]+\.[^\s.]+\.[^\s.]+", "a bot token of three parts joined by dots"),
        None,
        secret=True,
    )
    slack_bot_token: str | None = _of(
        "SLACK_BOT_TOKEN",
        _shape(r"xoxb-\S+", "a bot token that begins with xoxb-"),
        None,
        secret=True,
    )
    slack_app_token: str | None = _of(
        "SLACK_APP_TOKEN",
        _shape(r"xapp-\S+", "an app token that begins with xapp-"),
        None,
        secret=True,
    )
    slack_signing_secret: str | None = _of(
        "SLACK_SIGNING_SECRET",
        _shape(r"\S{8,}", "the secret of 8 or more characters from Basic Information"),
        None,
        secret=True,
    )

    hf_token: str | None = _of("HF_TOKEN", _text, None, secret=True)

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Read every setting from ``environ``; an empty value counts as not set."""
        given: dict[str, Any] = {}
        for one in fields(cls):
            variable = one.metadata["variable"]
            value = environ.get(variable, "").strip()
            if value:
                given[one.name] = one.metadata["parse"](variable, value)
        return cls(**given)

    def require(self, *names: str) -> None:
        """Raise SettingsError, naming the variable, for the first of these fields not set."""
        variables = {one.name: one.metadata["variable"] for one in fields(self)}
        for name in names:
            if not getattr(self, name):
                raise SettingsError(
                    f"{variables[name]} is not set; put it into .env or the environment "
                    "(.env.example has a line on each setting)."
                )

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that must never appear in a log, a reply or a traceback."""
        values = (getattr(self, one.name) for one in fields(self) if one.metadata["secret"])
        return tuple(value for value in values if value)


PREFIX = "SUMMITQA_"
VARIABLES = tuple(one.metadata["variable"] for one in fields(Settings))


def secrets_of(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Give the values of all secret settings as they are written, malformed ones too."""
    names = [one.metadata["variable"] for one in fields(Settings) if one.metadata["secret"]]
    return tuple(environ[name].strip() for name in names if environ.get(name, "").strip())
