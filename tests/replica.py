"""The bot as processes that serve Slack over HTTP, with the fake model: ``python -m tests.replica``.

It forks one for each line it reads, an object of JSON with its environment and the file of its
log, and prints its process id. What it imports is imported once for all of them.
"""

import contextlib
import json
import os
import signal
import sys
import time
import traceback

from summitqa.encoder import Encoded
from summitqa.postgres import silence
from summitqa_bot import assemble, running
from summitqa_bot.front_ends import FrontEnd
from summitqa_bot.slack import app, pace
from summitqa_bot.state import events, steadfast
from tests.fakes import FakeEncoder

# What may be shorter than it is, by the variable that says so.
HASTE = {
    "AWAY": (steadfast, "SECONDS"),
    "LEASE": (events, "LEASE_SECONDS"),
    "SILENT": (silence, "SECONDS"),
}


class Encoder(FakeEncoder):
    """Takes its time for what speaks of slowness."""

    def encode(self, text: str, before: str = "") -> Encoded:
        if "slowly" in text:
            print("takes its time", flush=True)
            time.sleep(float(os.environ.get("SLOW", "0")))
        return super().encode(text, before)


def serve(environ: dict[str, str], log: str) -> None:
    """Become a replica, until told to stop."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(written, stream)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ.update(environ)
    if os.environ.get("MODELS") != "packaged":
        assemble.open_encoder = lambda *_: Encoder()
        assemble.open_reader = lambda *_: None
    pace.SECONDS = 0.0
    for name, (place, setting) in HASTE.items():
        setattr(place, setting, float(os.environ.get(name, getattr(place, setting))))
    running.run_bot(assemble.settings(), [FrontEnd("slack", "Slack", app.run)], lambda _: None)


def main() -> None:
    # They are waited for by nobody here.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    started = []
    for line in sys.stdin:
        given = json.loads(line)
        pid = os.fork()
        if not pid:
            status = 1
            try:
                serve(**given)
                status = 0
            except BaseException:  # noqa: BLE001 - a child must never go on as if it were its parent
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(status)
        started.append(pid)
        print(pid, flush=True)
    for pid in started:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
