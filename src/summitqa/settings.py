"""What the core and the indexer are set by, and how a setting is declared and read.

All are read once, from a mapping (the environment), into a frozen value; what stands above them
adds its own by a subclass. ``Settings.from_env`` raises SettingsError with a sentence on each that
is malformed: the variable, its value (never a token's) and what is expected.
"""

import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self

import platformdirs

from summitqa.errors import SettingsError

# The encoder and the reader that come with the package.
DEFAULT_MODEL, DEFAULT_READER = "summitqa-encoder", "summitqa-reader"
OFF = "off"
HOUSE = "house"
"""The shelf that lies in the data folder itself; every other has a folder below it."""
SHELVES = "shelves"
# What lies in the folder of a shelf beside its versions: what was rolled back from, what was put.
REJECTED, BLOBS = "REJECTED", "blobs"
SHELF = "[a-z0-9][a-z0-9-]{0,63}"
"""The name of a shelf, which also is its folder's."""

Parse = Callable[[str, str], Any]  # from a variable's name and its value; raises SettingsError


def text(_name: str, value: str) -> str:
    """Take any text as it is."""
    return value


def _or_off(_name: str, value: str) -> str:
    return OFF if value.lower() == OFF else value


def path(name: str, value: str) -> Path:
    """Take the path of a folder, there already or not; "~" is the home."""
    try:
        return Path(value).expanduser().absolute()
    except RuntimeError:  # "~" before the name of nobody
        raise SettingsError(f"{name} is {value!r}, but expects a folder's path.") from None


def names(_name: str, value: str) -> tuple[str, ...]:
    """Take several values, set apart by commas or, between paths, by the system's separator."""
    separator = os.pathsep if os.pathsep in value and "://" not in value else ","
    return tuple(part.strip() for part in value.split(separator) if part.strip())


def whole(low: int, high: int) -> Callable[[str, str], int]:
    """Take a whole number from ``low`` to ``high``."""

    def parse(name: str, value: str) -> int:
        if not re.fullmatch(r"\d{1,9}", value) or not low <= int(value) <= high:
            raise SettingsError(
                f"{name} is {value!r}, but expects a whole number from {low} to {high}."
            )
        return int(value)

    return parse


def switch(name: str, value: str) -> bool:
    """Take yes or no."""
    if value.lower() not in {"0", "1", "true", "false", "yes", "no"}:
        raise SettingsError(f"{name} is {value!r}, but expects 1 or 0.")
    return value.lower() in {"1", "true", "yes"}


def objects(name: str, value: str) -> str:
    """Take the address of a place in object storage, or of a folder; what opens it is no part."""
    if not re.fullmatch(
        r"((s3|gs|az)://[\w.-]+|file:///[^\s?#/])(?!.*/\.{1,2}(/|$))[^\s?#@]*", value
    ):
        shown = "malformed" if "@" in value else repr(value)  # before that somebody puts keys
        raise SettingsError(
            f"{name} is {shown}, but expects an address such as s3://bucket/prefix, without keys, "
            "or file:///folder of one that all replicas reach."
        )
    return value.rstrip("/")


def shelf_name(name: str, value: str) -> str:
    """Take the name of a shelf, which also is its folder's."""
    if not re.fullmatch(SHELF, value):
        raise SettingsError(
            f"{name} is {value!r}, but expects a shelf's name: {HOUSE}, or at most 64 small "
            "letters, digits and hyphens."
        )
    return value


def setting(variable: str, parse: Parse, default: Any, *, secret: bool = False) -> Any:
    """Declare a field of settings: its variable, how it is read, and what it is where not set.

    ``default`` may be a function that gives it; what is ``secret`` is never shown.
    """
    metadata = {"variable": variable, "parse": parse, "secret": secret}
    if callable(default):
        return field(default_factory=default, metadata=metadata, repr=not secret)
    return field(default=default, metadata=metadata, repr=not secret)


def folder_of(home: Path, shelf: str) -> Path:
    """Give where a shelf lies in a data folder, or would."""
    return home if shelf == HOUSE else home / SHELVES / shelf


def shelves_in(home: Path) -> list[str]:
    """Name the communities' shelves of which a data folder has anything; OSError if it is shut."""
    with suppress(FileNotFoundError, NotADirectoryError):
        found = [one.name for one in (home / SHELVES).iterdir()]
        return sorted(name for name in found if re.fullmatch(SHELF, name))
    return []


def _data_folder() -> Path:
    return Path(platformdirs.user_data_dir("summitqa", appauthor=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the core and the indexer need: of each field its variable, parser and default."""

    home: Path = setting("SUMMITQA_HOME", path, _data_folder)
    shelf: str = setting("SUMMITQA_SHELF", shelf_name, HOUSE)
    sources: tuple[str, ...] = setting("SUMMITQA_SOURCES", names, ())
    model: str = setting("SUMMITQA_MODEL", text, DEFAULT_MODEL)
    reader: str = setting("SUMMITQA_READER", _or_off, DEFAULT_READER)
    passages: int = setting("SUMMITQA_PASSAGES", whole(1, 10), 3)
    allow_urls: bool = setting("SUMMITQA_ALLOW_URLS", switch, False)
    max_source_mb: int = setting("SUMMITQA_MAX_SOURCE_MB", whole(1, 1000), 10)
    shelf_mb: int = setting("SUMMITQA_SHELF_MB", whole(1, 100_000), 100)
    keep_versions: int = setting("SUMMITQA_KEEP_VERSIONS", whole(1, 100), 3)
    gate_tolerance: int = setting("SUMMITQA_GATE_TOLERANCE", whole(0, 100), 2)

    @property
    def folder(self) -> Path:
        """Where the shelf lies: its versions, and all that belongs to them."""
        return folder_of(self.home, self.shelf)

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Read every setting from ``environ``; an empty value counts as not set.

        SettingsError, a sentence on each, where some are malformed.
        """
        settings, malformed = cls.read(environ)
        if malformed:
            raise SettingsError(" ".join(malformed.values()))
        return settings

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> tuple[Self, dict[str, str]]:
        """Read what is well, and say of each variable that is malformed what is wrong with it."""
        given: dict[str, Any] = {}
        malformed: dict[str, str] = {}
        for one in fields(cls):
            variable = one.metadata["variable"]
            value = environ.get(variable, "").strip()
            try:
                if value:
                    given[one.name] = one.metadata["parse"](variable, value)
            except SettingsError as error:
                malformed[variable] = str(error)
        return cls(**given), malformed

    def require(self, *wanted: str) -> None:
        """Raise SettingsError, naming the variable, for the first of these fields not set."""
        variables = {one.name: one.metadata["variable"] for one in fields(self)}
        for name in wanted:
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
