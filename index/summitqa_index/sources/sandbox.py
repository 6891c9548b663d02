"""Reading in child processes with limits, so that a hostile file costs only itself.

A child reads one file after another, for starting one takes longer than most files do. One that
dies or overruns its time costs the file that it was at; the next file gets a new one.
"""

import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from summitqa.errors import CalledOffError, SourceError, SummitQAError
from summitqa_index.sources.reader import LABELS, NOT_INSTALLED, OUT_OF_MEMORY, TOO_LONG
from summitqa_index.sources.reading import Reading, decode, line
from summitqa_index.sources.walk import printable

_KEPT = ("LD_LIBRARY_PATH", "SYSTEMROOT")  # what Python may need to start at all
_CPU_OVER = -24  # SIGXCPU, as POSIX numbers it
_LOOK = 0.2  # seconds between two looks whether it was called off
_DYING = 3.0  # seconds that a child whose answer broke off may take to end by itself


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost: ``memory`` and ``output`` in bytes, the times in seconds.

    ``memory`` is address space, Python itself included; a child's first file pays for its
    start. Where the system has no such limits (Windows), ``wall`` and ``output`` hold.
    """

    memory: int = 2**30
    cpu: int = 20
    wall: float = 30.0
    output: int = 64 * 2**20


class Readers:
    """Children that read, each started when one is needed; safe to use from many threads.

    As many are alive as there are threads that read at a time. Close it, or use it in a
    ``with``: that ends them all, whatever they are at. So does ``cancelled``, once it is set;
    reading then ends in a CalledOffError.
    """

    def __init__(
        self, limits: Limits | None = None, cancelled: threading.Event | None = None
    ) -> None:
        self._limits = limits or Limits()
        self._lock = threading.Lock()
        self._idle: list[_Child] = []
        self._all: set[_Child] = set()
        self._cancelled = cancelled or threading.Event()
        self._closed = threading.Event()

    def __enter__(self) -> "Readers":
        threading.Thread(target=self._watch, name="cancelled", daemon=True).start()
        return self

    def _watch(self) -> None:
        while not self._closed.wait(_LOOK):
            if self._cancelled.is_set():
                self.close()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End every child; what one is just reading ends in a SourceError."""
        with self._lock:
            children, self._all = self._all, set()
            self._closed.set()
            self._idle.clear()
        for child in children:
            child.end()

    def read(self, kind: str, raw: bytes, *, charset: str | None = None) -> Reading:
        """Read a file of ``kind`` (a key of ``LABELS``); ``charset`` is what HTTP said of a page.

        Raises ``SourceError``, its message a reason that follows the file's name ("… is not a
        readable PDF: …"), whatever the bytes do: break the reader, crash it, or go over a
        limit. A reader that is not installed, which is no source's fault, is a
        ``SummitQAError``.
        """
        child = self._take()
        answer = child.ask(kind, raw, charset)
        if self._cancelled.is_set():
            self._drop(child)
            raise CalledOffError
        if answer is None and child.used > 1 and not child.overran:
            # Perhaps what it read before had filled its memory or upset a library.
            self._drop(child)
            child = self._start()
            answer = child.ask(kind, raw, charset)
        if answer is None:
            error = _lost(child, kind, self._limits)
            self._drop(child)
            raise error
        with self._lock:
            self._idle.append(child)
        return _reading(answer, kind)

    def _take(self) -> "_Child":
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return self._start()

    def _start(self) -> "_Child":
        try:
            child = _Child(self._limits)
        except OSError as error:
            raise SummitQAError(f"No reader could be started: {error.strerror}.") from error
        with self._lock:
            closed = self._closed.is_set()
            self._all.add(child)
        if closed:
            self._drop(child)
            if self._cancelled.is_set():
                raise CalledOffError
            raise SourceError("was not read, for reading was called off")
        return child

    def _drop(self, child: "_Child") -> None:
        child.end()
        with self._lock:
            self._all.discard(child)


class _Child:
    """One child process; ``used`` counts the files it was given.

    ``late`` says that it was ended as its time was up, ``too_long`` that its answer is not
    worth reading.
    """

    def __init__(self, limits: Limits) -> None:
        self.used = 0
        self._limits = limits
        self.late = self.too_long = False
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter, no shell
            _command(limits),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
        )

    def ask(self, kind: str, raw: bytes, charset: str | None) -> bytes | None:
        """Have a file read; give the answer, or None where there is none and will be none."""
        self.used += 1
        clock = threading.Timer(self._limits.wall, self._stop)
        clock.start()
        try:
            return self._exchange({"kind": kind, "charset": charset, "size": len(raw)}, raw)
        except (OSError, ValueError):
            return None
        finally:
            clock.cancel()

    def _exchange(self, asked: dict[str, object], raw: bytes) -> bytes | None:
        requests, answers = self._process.stdin, self._process.stdout
        if requests is None or answers is None:
            return None
        requests.write(json.dumps(asked).encode() + b"\n" + raw)
        requests.flush()
        size = int(answers.readline(20))
        if size > self._limits.output:
            self.too_long = True
            return None
        answer = answers.read(size)
        return answer if len(answer) == size else None

    def _stop(self) -> None:
        self.late = True
        self._process.kill()

    @property
    def status(self) -> int | None:
        """Its exit status, a signal as a negative number; ``None`` while it lives."""
        try:
            return self._process.wait(_DYING)
        except subprocess.TimeoutExpired:
            return None

    @property
    def overran(self) -> bool:
        """Whether it took longer than it may, by the clock or the processor's."""
        return self.late or self.status == _CPU_OVER

    def end(self) -> None:
        """Kill it, and let go of its pipes."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):  # what it was never given is not missed
                if pipe:
                    pipe.close()


def _command(limits: Limits) -> list[str]:
    numbers = [str(limits.memory), str(limits.cpu), str(limits.output)]
    # -P: no module from the present folder, which may be the one that holds the sources.
    return [sys.executable, "-P", "-B", "-m", "summitqa_index.sources.reader", *numbers]


def _environment() -> dict[str, str]:
    """Give the child where to import from, and none of our settings and tokens."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    path = os.pathsep.join(str(Path(entry).resolve()) for entry in sys.path)
    return {**kept, "PYTHONPATH": path, "PYTHONUTF8": "1"}


def _lost(child: _Child, kind: str, limits: Limits) -> SummitQAError:
    """Give what it means that a child gave no answer."""
    status = child.status
    if status == NOT_INSTALLED:
        return SummitQAError(
            f"The reader of {LABELS[kind]}s is not installed; see `summitqa doctor`."
        )
    if child.late:
        return SourceError(f"took longer than {limits.wall:g} s to read")
    if child.too_long:
        return SourceError(TOO_LONG.format(limits.output // 2**20))
    reasons = {
        None: f"is not a readable {LABELS[kind]}: its reader gave no document",
        0: f"is not a readable {LABELS[kind]}: its reader gave no document",
        OUT_OF_MEMORY: f"needed more than {limits.memory / 2**30:.3g} GB of memory",
        -9: "was stopped by the system, as it is when memory runs out",
        _CPU_OVER: f"needed more than {limits.cpu} s of processor time",
    }
    return SourceError(reasons.get(status, f"is not a readable {LABELS[kind]}: its reader crashed"))


def _reading(answer: bytes, kind: str) -> Reading:
    """Take the child's answer; what is no such thing is the file's fault."""
    try:
        if not answer.startswith(b'{"error"'):
            return decode(answer)
        error = line(printable(line(json.loads(answer)["error"])))
    except (ValueError, RecursionError):
        raise SourceError(
            f"is not a readable {LABELS[kind]}: its reader gave no document"
        ) from None
    raise SourceError(error)
