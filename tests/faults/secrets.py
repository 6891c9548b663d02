"""A canary token in every setting, forced through every way an error can take: seen nowhere."""

import asyncio
import io
import logging
import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import fields, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

from rich.console import Console

from summitqa.errors import InputError
from summitqa_bot import assemble, logs
from summitqa_bot.commands import cli
from summitqa_bot.service.desk import Desk
from summitqa_bot.service.permissions import Actor
from summitqa_bot.settings import Settings
from summitqa_bot.state import State, steadfast
from tests.fakes import FakeEncoder, index, library, write
from tests.faults.common import Tally, require

CANARY = "c4n4ryc4n4ryc4n4ryc4n4ry"
# One that is there: what is to fail fails behind it.
_DATABASE = {"SUMMITQA_DATABASE_URL": f"sqlite:///{CANARY}.db"}
SHAPES = {
    "DISCORD_TOKEN": f"MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.{CANARY}",
    "SLACK_BOT_TOKEN": f"xoxb-1234567890-{CANARY}",
    "SLACK_APP_TOKEN": f"xapp-1-A0-{CANARY}",
    "SLACK_SIGNING_SECRET": CANARY,
    "SUMMITQA_DATABASE_URL": f"postgresql://summitqa:{CANARY}@127.0.0.1:1/summitqa",
}
_COMMANDS = (
    ["status"], ["ask", "Which colour is the door?"], ["index"], ["versions"], ["verify"],
    ["rollback"], ["eval", "none.jsonl"], ["discord"], ["slack"], ["doctor"],
)  # fmt: skip
# Where an error may come from, each a name to replace.
_PLACES = (
    "summitqa_bot.assemble.settings", "summitqa_bot.assemble.load_encoder", "summitqa_bot.assemble.Library", "summitqa_bot.assemble.build",
    "summitqa_bot.running.State", "summitqa_bot.commands.cli.build", "summitqa_bot.assemble.in_use", "summitqa_bot.commands.cli.versions.listed",
    "summitqa_bot.commands.cli.versions.verify", "summitqa_bot.commands.cli.versions.rollback", "summitqa_bot.commands.cli.evaluation.read_cases",
)  # fmt: skip
_SLEEP = asyncio.sleep
ACTOR = Actor("discord", "200000000000000001", workspace="1", channel="10", thread="t")


def seen(text: str) -> None:
    require(CANARY not in "".join(text.split()), f"seen: {text[:500]!r}")


@contextmanager
def caught(folder: Path) -> Iterator[Callable[[], str]]:
    """Catch all that is printed, logged or kept in a trace."""
    out, err = io.StringIO(), io.StringIO()
    traces = folder / "traces"
    traces.mkdir(exist_ok=True)

    def text() -> str:
        kept = "".join(path.read_text() for path in traces.iterdir())
        return out.getvalue() + err.getvalue() + kept

    with (
        redirect_stdout(out), redirect_stderr(err),
        mock.patch.object(cli, "err", Console(file=err)),
        mock.patch.object(cli, "out", Console(file=out)),
        mock.patch.object(logs.tempfile, "gettempdir", lambda: str(traces)),
    ):  # fmt: skip
        yield text


def command(folder: Path, environ: dict[str, str], *arguments: str) -> str:
    """Run a command with these settings; give all it left to read."""
    with (
        mock.patch.dict(os.environ, environ),
        mock.patch.object(sys, "argv", ["summitqa", *arguments]),
        caught(folder) as text,
    ):
        with suppress(SystemExit):
            cli.main()
        return text()


def raising(kind: type[BaseException]) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> None:
        raise kind("; ".join(SHAPES.values()))

    return fail


def run(folder: Path, quick: bool) -> Tally:
    tally = Tally()
    home = folder / "home"
    index(home, write(folder / "shelf", {"door.txt": "The door is red."}))
    os.chdir(folder)
    base = {"SUMMITQA_HOME": str(home), "PATH": "", "COLUMNS": "80", **SHAPES}
    handlers = logging.getLogger().handlers
    with (
        mock.patch.object(assemble, "load_encoder", lambda *_: FakeEncoder()),
        # Nobody is called: what a platform's library says of a token is our own business here.
        mock.patch("socket.socket.connect", raising(OSError)),
        mock.patch("socket.getaddrinfo", raising(OSError)),
        # … and to call again is waited for by nobody.
        mock.patch("asyncio.sleep", lambda _seconds, *given: _SLEEP(0, *given)),
        mock.patch.object(steadfast, "SECONDS", 0.0),
        # A bot that waits for the network is stopped there.
        mock.patch(
            "summitqa_bot.patience.asyncio", SimpleNamespace(sleep=raising(asyncio.CancelledError))
        ),
    ):
        _settings(tally, folder, base, quick)
        _errors(tally, folder, base | _DATABASE, quick)
        _from_file(tally, folder, home)
    _logs(tally, folder)
    _replies(tally, folder, home)
    logging.getLogger().handlers = handlers
    tally.note = "commands, settings, traces, logs, threads, replies"
    return tally


def _settings(tally: Tally, folder: Path, base: dict[str, str], quick: bool) -> None:
    """Put each token into each setting, the wrong ones too."""
    variables = [one.metadata["variable"] for one in fields(Settings)]
    for variable in variables:
        for shape in SHAPES:
            # A signing secret has no shape to know it by, and may stand in its own place alone.
            if shape == "SLACK_SIGNING_SECRET" and variable != shape:
                continue
            for arguments in _COMMANDS[:1] if quick else _COMMANDS:
                environ = {**base, variable: SHAPES[shape]}
                if variable != shape:
                    environ.pop(shape, None)
                tally.attempt(
                    f"{shape} in {variable}, {arguments[0]}",
                    lambda environ=environ, arguments=arguments: seen(
                        command(folder, environ, *arguments)
                    ),
                )


def _errors(tally: Tally, folder: Path, base: dict[str, str], quick: bool) -> None:
    """Let every part fail with every token in its words."""
    for place in _PLACES:
        for kind in (RuntimeError, InputError, OSError):
            for arguments in _COMMANDS[:3] if quick else _COMMANDS:

                def survive(
                    place: str = place,
                    kind: type[Exception] = kind,
                    arguments: list[str] = arguments,
                ) -> None:
                    with mock.patch(place, raising(kind)):
                        seen(command(folder, base, *arguments))

                tally.attempt(f"{kind.__name__} in {place}, {arguments[0]}", survive)


def _from_file(tally: Tally, folder: Path, home: Path) -> None:
    """Do the same with tokens that stand in ``.env`` alone."""
    lines = [f"{name}={value}" for name, value in SHAPES.items()]
    (folder / ".env").write_text("\n".join(lines))

    def survive() -> None:
        for kind in (RuntimeError, InputError):
            with mock.patch("summitqa_bot.assemble.in_use", raising(kind)):
                seen(command(folder, {"SUMMITQA_HOME": str(home)}, "status"))

    tally.attempt("tokens in .env", survive)
    (folder / ".env").unlink()


def _chosen(home: Path) -> Settings:
    given = {"SUMMITQA_HOME": str(home), "SUMMITQA_LOG": "debug"}
    return Settings.from_env({**SHAPES, **_DATABASE, **given})


def _logs(tally: Tally, folder: Path) -> None:
    """Log tokens in every way that logging knows, and a few it does not."""
    every = "; ".join(SHAPES.values())

    def fail() -> None:
        raise RuntimeError(every)

    def in_a_thread() -> None:
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()

    def excepted() -> None:
        try:
            fail()
        except RuntimeError:
            logging.getLogger("x").exception("failed with %s", every)

    ways: dict[str, Callable[[], object]] = {
        "a message": lambda: logging.getLogger("summitqa_bot").info(every),
        "an argument": lambda: logging.getLogger("discord").error("token %s", every),
        "a dictionary": lambda: logging.getLogger("slack_sdk").error("%s", {"token": every}),
        "an exception": excepted,
        "a malformed call": lambda: logging.getLogger("x").error("%d", every),
        "a stack": lambda: logging.getLogger("x").error(every, stack_info=True),
        "a thread": in_a_thread,
        "a warning": lambda: warnings.warn(every, stacklevel=1),
    }
    for name, way in ways.items():

        def survive(way: Callable[[], object] = way) -> None:
            with caught(folder) as text, warnings.catch_warnings():
                warnings.simplefilter("always")
                hook = threading.excepthook
                logs.configure_logging(_chosen(folder))
                logs.log_strays()
                way()
                threading.excepthook = hook
                logging.captureWarnings(False)
                seen(text())

        tally.attempt(f"logged as {name}", survive)


def _replies(tally: Tally, folder: Path, home: Path) -> None:
    """Let everything behind the desk fail with tokens in its words."""
    chosen = replace(_chosen(home), admins=frozenset({ACTOR.user}))

    async def show(_: object) -> None:
        pass

    ways: dict[str, Callable[[Desk], Any]] = {
        "ask": lambda desk: desk.ask(ACTOR, "Which colour is the door?"),
        "find": lambda desk: desk.find(ACTOR, "The door is red."),
        "press": lambda desk: desk.press(ACTOR, "more:x.1"),
        "reindex": lambda desk: desk.reindex(ACTOR, show),
        "status": lambda desk: desk.status(ACTOR),
        "channel": lambda desk: desk.set_channel(replace(ACTOR, manages=True), ["door"]),
        "unanswered": lambda desk: desk.unanswered(ACTOR),
        "feedback": lambda desk: desk.feedback(ACTOR),
    }
    for name, way in ways.items():
        for kind in (RuntimeError, InputError):

            async def said(way: Callable[[Desk], Any] = way, kind: type[Exception] = kind) -> str:
                desk = Desk(chosen, library(home), State(home), FakeEncoder())
                with (
                    mock.patch.object(desk, "_work", raising(kind)),
                    mock.patch.object(desk._reindexer, "run", raising(kind)),
                ):
                    reply = await way(desk)
                await desk.close()
                return str(reply)

            def survive(said: Callable[[], Any] = said) -> None:
                with caught(folder) as text:
                    logs.configure_logging(chosen)
                    reply = asyncio.run(said())
                    seen(reply + text())

            tally.attempt(f"{kind.__name__} behind {name}", survive)
