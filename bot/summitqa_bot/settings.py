"""Every setting: those of the core and the indexer, and what the front ends are set by."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from urllib.parse import urlsplit

from summitqa import settings as core
from summitqa.errors import SettingsError
from summitqa.settings import OFF, names, objects, setting, switch, text, whole

PUBLIC = "public"
"""The page's access where all may read the house shelf."""
# A Fernet key: 32 bytes in base64, as it stands in URLs (github.com/fernet/spec).
KEY = "[A-Za-z0-9_-]{43}="
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def _ids(name: str, value: str) -> frozenset[str]:
    ids = frozenset(names(name, value))
    for one in sorted(ids):
        if not re.fullmatch(r"\d{15,21}|[UW][A-Z0-9]{5,20}", one):
            raise SettingsError(
                f"{name} holds {one!r}, but expects user ids set apart by commas: "
                "a Discord id is 15 to 21 digits, a Slack id looks like U012ABCDEF."
            )
    return ids


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


def _page(name: str, value: str) -> str:
    """Take the address of the page; without a slash at its end."""
    if not re.fullmatch(r"https?://[^\s/@?#]+(/(?!\.{1,2}(/|$))[A-Za-z0-9._~-]+)*/?", value):
        raise SettingsError(
            f"{name} is {value!r}, but expects the page's public address, such as "
            "https://quotes.example.org or https://example.org/quotes."
        )
    return value.rstrip("/")


SEARCHED = 2_000_000
"""Passages; a shelf of more is searched in the database, unless SUMMITQA_DATABASE_SEARCH says."""
DATABASE = (
    "a URL such as postgresql://user:password@host/name, or nothing for a file in SUMMITQA_HOME"
)
"""What SUMMITQA_DATABASE_URL is to be."""


def database(name: str, value: str) -> str:
    """Take a URL of PostgreSQL or SQLite; it may hold a password, so no more than its kind is told.

    Any other, a slip of the pen too, would have each replica work on a folder of its own.
    """
    if re.match(r"(sqlite|postgres(ql)?)(\+\w+)?:", value):
        return value
    kind = re.match(r"([A-Za-z][A-Za-z0-9+.-]*)://", value)
    named = kind[1] if kind else "no kind of database"
    raise SettingsError(f"{name} names {named}, but expects {DATABASE}.")


def standby(name: str, value: str) -> str:
    """Take a URL of PostgreSQL, of which no more than its kind is told."""
    if re.match(r"postgres(ql)?(\+psycopg)?:", value):
        return value
    kind = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", value)
    named = kind[1] if kind else "no kind of database"
    raise SettingsError(
        f"{name} names {named}, but expects a URL such as postgresql://user:password@host/name."
    )


@dataclass(frozen=True, slots=True)
class HostPort:
    """An address to listen on."""

    host: str
    port: int


def _host_port(name: str, value: str) -> HostPort:
    match = re.fullmatch(r"(?:\[([0-9a-fA-F:.]+)\]|([^\s:/\[\]]+)):(\d{1,5})", value)
    if match is None or not 0 < int(match[3]) < 65536:
        raise SettingsError(
            f"{name} is {value!r}, but expects an address and a port such as 127.0.0.1:9464."
        )
    return HostPort(match[1] or match[2], int(match[3]))


def _client_id(name: str, value: str) -> str:
    if not re.fullmatch(r"\d{1,20}\.\d{1,20}", value):
        raise SettingsError(
            f"{name} is {value!r}, but expects an app's Client ID, two numbers joined by a dot."
        )
    return value


def _shards(name: str, value: str) -> int:
    """Take how many there are in all; 0 for as many as Discord recommends."""
    if value.lower() == "auto":
        return 0
    if not re.fullmatch(r"[1-9]\d{0,5}", value):
        raise SettingsError(
            f"{name} is {value!r}, but expects how many shards there are in all, such as 16, or "
            "auto for as many as Discord recommends."
        )
    return int(value)


def _snowflake(name: str, value: str) -> str:
    if not re.fullmatch(r"\d{15,21}", value):
        raise SettingsError(
            f"{name} is {value!r}, but expects a Discord server's id, 15 to 21 digits."
        )
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(core.Settings):
    """All settings; each field names its variable, its parser and its default."""

    admins: frozenset[str] = setting("SUMMITQA_ADMINS", _ids, frozenset())
    workers: int = setting("SUMMITQA_WORKERS", whole(1, 64), 2)
    log_level: str = setting("SUMMITQA_LOG", _choice("debug", "info", "warning", "error"), "info")
    health: HostPort | None = setting("SUMMITQA_HEALTH", _host_port, None)
    log_format: str = setting("SUMMITQA_LOG_FORMAT", _choice("text", "json"), "text")
    refresh_seconds: int = setting("SUMMITQA_REFRESH", _seconds, 0)
    database_url: str | None = setting("SUMMITQA_DATABASE_URL", database, None, secret=True)
    database_read_url: str | None = setting(
        "SUMMITQA_DATABASE_READ_URL", standby, None, secret=True
    )
    database_search: int = setting("SUMMITQA_DATABASE_SEARCH", whole(0, 1_000_000_000), SEARCHED)
    snapshots: str | None = setting("SUMMITQA_SNAPSHOTS", objects, None)
    retention_days: int = setting("SUMMITQA_RETENTION_DAYS", whole(1, 3650), 90)
    shelf_articles: int = setting("SUMMITQA_SHELF_ARTICLES", whole(1, 10_000), 200)
    shelf_passages: int = setting("SUMMITQA_SHELF_PASSAGES", whole(1, 1_000_000), 20_000)
    shelf_questions: int = setting("SUMMITQA_SHELF_QUESTIONS", whole(1, 10_000_000), 5000)
    left_days: int = setting("SUMMITQA_LEFT_DAYS", whole(0, 3650), 30)
    user_limit: Rate = setting("SUMMITQA_USER_LIMIT", _rate, Rate(20, 60))
    channel_limit: Rate = setting("SUMMITQA_CHANNEL_LIMIT", _rate, Rate(120, 60))
    conversation_seconds: int = setting("SUMMITQA_CONVERSATION", _seconds, 1800)
    answer_in: str = setting("SUMMITQA_ANSWER_IN", _choice("thread", "reply"), "thread")
    discord_home: str | None = setting("SUMMITQA_DISCORD_HOME", _snowflake, None)
    discord_shards: int | None = setting("SUMMITQA_DISCORD_SHARDS", _shards, None)
    discord_most_shards: int = setting("SUMMITQA_DISCORD_MOST_SHARDS", whole(1, 999_999), 999_999)
    discord_content: bool = setting("SUMMITQA_DISCORD_CONTENT", switch, False)
    discord_api_url: str | None = setting("SUMMITQA_DISCORD_API_URL", _url, None)
    discord_gateway_url: str | None = setting("SUMMITQA_DISCORD_GATEWAY_URL", _url, None)
    slack_mode: str = setting("SUMMITQA_SLACK_MODE", _choice("socket", "http"), "socket")
    slack_api_url: str = setting("SUMMITQA_SLACK_API_URL", _url, "https://slack.com/api/")
    slack_host: str = setting("SUMMITQA_SLACK_HOST", text, "127.0.0.1")
    slack_port: int = setting("SUMMITQA_SLACK_PORT", whole(1, 65535), 3000)
    web_url: str | None = setting("SUMMITQA_WEB_URL", _page, None)
    web_host: str = setting("SUMMITQA_WEB_HOST", text, "127.0.0.1")
    web_port: int = setting("SUMMITQA_WEB_PORT", whole(1, 65535), 8080)
    web_access: str | None = setting("SUMMITQA_WEB_ACCESS", _choice(PUBLIC, "link", OFF), None)
    web_days: int = setting("SUMMITQA_WEB_DAYS", whole(1, 3650), 90)
    web_proxies: int = setting("SUMMITQA_WEB_PROXIES", whole(0, 10), 0)
    discord_token: str | None = setting(
        "DISCORD_TOKEN",
        _shape(r"[^\s.]+\.[^\s.]+\.[^\s.]+", "a bot token of three parts joined by dots"),
        None,
        secret=True,
    )
    slack_bot_token: str | None = setting(
        "SLACK_BOT_TOKEN",
        _shape(r"xoxb-\S+", "a bot token that begins with xoxb-"),
        None,
        secret=True,
    )
    slack_app_token: str | None = setting(
        "SLACK_APP_TOKEN",
        _shape(r"xapp-\S+", "an app token that begins with xapp-"),
        None,
        secret=True,
    )
    slack_signing_secret: str | None = setting(
        "SLACK_SIGNING_SECRET",
        _shape(r"\S{8,}", "the secret of 8 or more characters from Basic Information"),
        None,
        secret=True,
    )
    slack_client_id: str | None = setting("SLACK_CLIENT_ID", _client_id, None)
    slack_client_secret: str | None = setting(
        "SLACK_CLIENT_SECRET",
        _shape(r"\S{8,}", "the client secret of 8 or more characters from Basic Information"),
        None,
        secret=True,
    )
    token_key: str | None = setting(
        "SUMMITQA_TOKEN_KEY",
        _shape(
            rf"{KEY}(\s*,\s*{KEY})*",
            "keys of 44 characters, set apart by commas, each as openssl rand -base64 32 | "
            "tr +/ -_ prints one",
        ),
        None,
        secret=True,
    )
    hf_token: str | None = setting("HF_TOKEN", text, None, secret=True)

    @property
    def page_access(self) -> str:
        """Who may read on the page: ``public``, ``link`` or ``off``.

        Where nobody said, those who can reach it while it has no public address, which is this
        machine alone; from then on those who were given a link.
        """
        return self.web_access or (PUBLIC if self.web_url is None else "link")

    @property
    def web_path(self) -> str:
        """The path that the page is below: "" or such as "/quotes"."""
        return urlsplit(self.web_url or "").path


PREFIX = "SUMMITQA_"
VARIABLES = tuple(one.metadata["variable"] for one in fields(Settings))
SECRETS = tuple(one.metadata["variable"] for one in fields(Settings) if one.metadata["secret"])


def secrets_of(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Give the values of all secret settings as they are written, malformed ones too."""
    return tuple(environ[name].strip() for name in SECRETS if environ.get(name, "").strip())
