"""What is configured, read once when a command begins: the environment, then ``.env`` files.

What the files say is put into the environment where it is not set there already, so that the
settings, what is blanked and what a child process is given all come from one place.
"""

import difflib
import io
import os
import re
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import Binding, parse_stream

from summitqa.errors import SettingsError
from summitqa_bot.settings import PREFIX, SECRETS, VARIABLES, Settings

FILE = ".env"
_NEAR = 0.75
IN_FILES = {f"{name}_FILE": name for name in SECRETS}
"""What names the file that holds a secret, as containers and service managers hand one over."""
_HOME, _SHELF = "SUMMITQA_HOME", "SUMMITQA_SHELF"


def load(
    env_file: Path | None = None, home: Path | None = None, shelf: str | None = None
) -> list[str]:
    """Read ``env_file``, or ``.env`` in the working folder, then ``.env`` in the home.

    What is read first wins, after the environment, and ``home`` and ``shelf`` over all; then each
    secret is taken from the file that is named for it, where one is. Gives a
    sentence on each line of a file that cannot be read, each name of ours that is no setting and
    each name in a file that is nearly one. Raises SettingsError, naming the file, where one
    cannot be read.
    """
    if home is not None:
        os.environ[_HOME] = str(home)
    if shelf is not None:
        os.environ[_SHELF] = shelf
    said = _take(env_file or Path(FILE), "--env-file" if env_file else None)
    # The home is settled by now: a line in its own file cannot move it.
    os.environ[_HOME] = str(Settings.from_env({_HOME: os.environ.get(_HOME, "")}).home)
    said += _take(Path(os.environ[_HOME]) / FILE)
    _take_secrets()
    strays = [_unknown(name) for name in sorted(os.environ) if name.startswith(PREFIX)
              and name not in VARIABLES]  # fmt: skip
    return list(dict.fromkeys(said + strays))


def _take_secrets() -> None:
    """Put what the files hold where what names them stood: it is not read twice."""
    for name, variable in IN_FILES.items():
        path = os.environ.pop(name, "")
        if path and os.environ.get(variable):
            raise SettingsError(f"{variable} and {name} are both set; one of them is expected.")
        if path:
            os.environ[variable] = _text(Path(path), name).strip()


def _take(path: Path, wanted: str | None = None) -> list[str]:
    """Put what a file says of us, and nothing else of it, where nothing is said yet.

    Gives a sentence on each line that is none, and each name that is nearly one of ours.
    """
    bindings = list(parse_stream(io.StringIO(_text(path, wanted))))
    said = [_malformed(path, one) for one in bindings if not _is_well(one)]
    whole = "".join(one.original.string for one in bindings if _is_well(one))
    for name, value in dotenv_values(stream=io.StringIO(whole)).items():
        if name in VARIABLES or name in IN_FILES or name.startswith(PREFIX):
            if value and not os.environ.get(name):
                os.environ[name] = value
        elif _nearest(name):
            said.append(_unknown(name))
    return said


def _is_well(binding: Binding) -> bool:
    return not binding.error and (binding.key is None or binding.value is not None)


def _malformed(path: Path, binding: Binding) -> str:
    """Name a line without repeating it, for it may hold a token; empty ones before it are its."""
    text = binding.original.string
    before = text[: len(text) - len(text.lstrip())]
    line = binding.original.line + len(re.findall(r"\r\n|\n|\r", before))
    return f"{path}, line {line}, cannot be read and is ignored; expected NAME=value."


def _text(path: Path, wanted: str | None) -> str:
    """Read a file, which must be there where something, ``wanted``, names it."""
    try:
        raw = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        if not wanted:
            return ""
        raise SettingsError(f"{wanted} is {str(path)!r}, but there is no such file.") from None
    except OSError as error:
        raise SettingsError(f"{path} cannot be read ({error.strerror}).") from None
    if b"\0" in raw:
        raise SettingsError(f"{path} is to hold UTF-8 text, but does not (it holds a NUL byte).")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is to hold UTF-8 text, but does not ({error}).") from None


def _nearest(name: str) -> str | None:
    """Give the setting a name is a slip of; those of the first letter alone, where few are made."""
    known = [one for one in VARIABLES if one[0] == name[0].upper()]
    return next(iter(difflib.get_close_matches(name.upper(), known, 1, _NEAR)), None)


def _unknown(name: str) -> str:
    near = _nearest(name)
    mend = f"did you mean {near}?" if near else ".env.example has a line on each."
    return f"{name} is no setting and is ignored; {mend}"
