"""What is configured, read once when a command begins: the environment, then ``.env`` files.

What the files say is put into the environment where it is not set there already, so that the
settings, what is blanked and what a child process is given all come from one place.
"""

import difflib
import io
import os
from collections.abc import Iterable
from pathlib import Path

from dotenv import dotenv_values

from summitqa.errors import SettingsError
from summitqa.settings import PREFIX, VARIABLES, Settings

FILE = ".env"
_HOME = "SUMMITQA_HOME"


def load(env_file: Path | None = None, home: Path | None = None) -> list[str]:
    """Read ``env_file``, or ``.env`` in the working folder, then ``.env`` in the home.

    What is read first wins, after the environment, and ``home`` over all. Gives a sentence on
    each name of ours that is no setting. Raises SettingsError, naming the file, where one
    cannot be read.
    """
    if home is not None:
        os.environ[_HOME] = str(home)
    _take(env_file or Path(FILE), wanted=env_file is not None)
    # The home is settled by now: a line in its own file cannot move it.
    os.environ[_HOME] = str(Settings.from_env({_HOME: os.environ.get(_HOME, "")}).home)
    _take(Path(os.environ[_HOME]) / FILE)
    return [_unknown(name) for name in sorted(os.environ) if _is_stray(name)]


def _take(path: Path, *, wanted: bool = False) -> None:
    """Put what a file says of us, and nothing else of it, where nothing is said yet."""
    for name, value in _read(path, wanted=wanted).items():
        if value and (name in VARIABLES or name.startswith(PREFIX)) and not os.environ.get(name):
            os.environ[name] = value


def _read(path: Path, *, wanted: bool) -> dict[str, str | None]:
    try:
        raw = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        if not wanted:
            return {}
        raise SettingsError(f"--env-file is {str(path)!r}, but there is no such file.") from None
    except OSError as error:
        raise SettingsError(f"{path} cannot be read ({error.strerror}).") from None
    if b"\0" in raw:
        raise SettingsError(f"{path} is to hold UTF-8 text, but does not (it holds a NUL byte).")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is to hold UTF-8 text, but does not ({error}).") from None
    return dotenv_values(stream=io.StringIO(text))


def _is_stray(name: str) -> bool:
    return name.startswith(PREFIX) and name not in VARIABLES


def _unknown(name: str, known: Iterable[str] = VARIABLES) -> str:
    near = difflib.get_close_matches(name, known, 1, 0.75)
    mend = f"did you mean {near[0]}?" if near else ".env.example has a line on each."
    return f"{name} is no setting and is ignored; {mend}"
