"""Reading in a child process with limits, so that a hostile file costs only itself.

The child is ``python -m index.sandbox``: the file's bytes on standard input, the document as
JSON on standard output, both unnamed temporary files, so that no full pipe can block either.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from index.clean import clean
from index.document import Block, Document
from summitqa.errors import SourceError, SummitQAError

LABELS = {
    "html": "HTML page", "pdf": "PDF", "docx": "Word document",
    "txt": "text file", "md": "Markdown file",
}  # fmt: skip

_OUT_OF_MEMORY, _TOO_LONG, _NOT_INSTALLED = 65, 66, 67  # exit statuses of the child
_KEPT = ("LD_LIBRARY_PATH", "SYSTEMROOT")  # what Python may need to start at all


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost: ``memory`` and ``output`` in bytes, the times in seconds.

    ``memory`` is address space, Python itself included; ``cpu`` and ``wall`` include the
    child's start. Where the system has no such limits (Windows), only ``wall`` holds.
    """

    memory: int = 2**30
    cpu: int = 20
    wall: float = 30.0
    output: int = 64 * 2**20


def read(
    kind: str, raw: bytes, *, charset: str | None = None, limits: Limits | None = None
) -> Document:
    """Read a file of ``kind`` (a key of ``LABELS``) in a child process of its own.

    ``charset`` is what HTTP said of a page. Raises ``SourceError``, its message a reason that
    follows the file's name ("… is not a readable PDF: …"), whatever the bytes do: break the
    reader, crash it, or go over a limit. A reader that is not installed, which is no
    source's fault, is a ``SummitQAError``.
    """
    limits = limits or Limits()
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as answer:
        given.write(raw)
        given.seek(0)
        try:
            status = subprocess.run(  # noqa: S603 - our own interpreter, no shell
                _command(kind, charset, limits),
                stdin=given,
                stdout=answer,
                stderr=subprocess.DEVNULL,
                timeout=limits.wall,
                env=_environment(),
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            raise SourceError(f"took longer than {limits.wall:g} s to read") from None
        answer.seek(0)
        reply = answer.read(limits.output + 1)
    _check(status, len(reply), kind, limits)
    return _decode(reply, kind)


def _command(kind: str, charset: str | None, limits: Limits) -> list[str]:
    numbers = [str(limits.memory), str(limits.cpu), str(limits.output)]
    # -P: no module from the present folder, which may be the one that holds the sources.
    return [sys.executable, "-P", "-m", "index.sandbox", kind, charset or "", *numbers]


def _environment() -> dict[str, str]:
    """Give the child where to import from, and none of our settings and tokens."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    path = os.pathsep.join(str(Path(entry).resolve()) for entry in sys.path)
    return {**kept, "PYTHONPATH": path, "PYTHONUTF8": "1"}


def _check(status: int, size: int, kind: str, limits: Limits) -> None:
    """Raise what the child's exit status means; a negative one is a signal, as POSIX numbers it."""
    if status == 0 and size <= limits.output:
        return
    if status == _NOT_INSTALLED:
        raise SummitQAError(
            f"The reader of {LABELS[kind]}s is not installed; see `summitqa doctor`."
        )
    reasons = {
        0: f"holds more than {limits.output // 2**20} MB of text",
        _TOO_LONG: f"holds more than {limits.output // 2**20} MB of text",
        _OUT_OF_MEMORY: f"needed more than {limits.memory / 2**30:.3g} GB of memory",
        -9: "was stopped by the system, as it is when memory runs out",
        -24: f"needed more than {limits.cpu} s of processor time",
    }
    raise SourceError(reasons.get(status, f"is not a readable {LABELS[kind]}: its reader crashed"))


def _decode(reply: bytes, kind: str) -> Document:
    """Build the document from the child's JSON; what is no such thing is the file's fault."""
    try:
        known: dict[str, Any] = json.loads(reply)
        error = known.get("error")
        document = None if error else _document(known)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        document, error = None, f"is not a readable {LABELS[kind]}: its reader gave no document"
    if document is None:
        raise SourceError(str(error))
    return document


def _document(known: dict[str, Any]) -> Document:
    text = str(known.pop("text"))
    blocks = tuple(
        Block(int(start), int(end), tuple(map(str, heading)), page and int(page))
        for start, end, heading, page in known.pop("blocks")
    )
    edges = [0, *(edge for block in blocks for edge in (block.start, block.end)), len(text)]
    if not blocks or edges != sorted(edges):
        raise ValueError("blocks are not spans of the text, in order")
    published = known.pop("published")
    return Document(
        text, blocks, published=date.fromisoformat(published) if published else None, **known
    )


def _encode(document: Document) -> str:
    fields = asdict(document)
    fields["blocks"] = [(b.start, b.end, b.heading, b.page) for b in document.blocks]
    fields["published"] = document.published and document.published.isoformat()
    return json.dumps(fields)


def _confine(memory: int, cpu: int, output: int) -> None:
    """Limit this process; before it has seen a byte of the file, and for good."""
    try:
        import resource
    except ImportError:  # Windows; the parent's clock is left
        return
    for name, soft, hard in (
        (resource.RLIMIT_AS, memory, memory),
        (resource.RLIMIT_CPU, cpu, cpu + 1),  # the hard one kills what ignores the first
        (resource.RLIMIT_FSIZE, output, output),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        try:
            resource.setrlimit(name, (soft, hard))
        except (ValueError, OSError):  # macOS knows no RLIMIT_AS; a lower hard limit is set
            continue


def _read(kind: str, raw: bytes, charset: str | None) -> Document:
    if kind in {"txt", "md"}:
        from index.plain import read_plain

        return read_plain(raw, markdown=kind == "md", charset=charset)
    from index import formats

    match kind:
        case "html":
            return formats.read_html(raw, charset=charset)
        case "pdf":
            return formats.read_pdf(raw)
        case _:
            return formats.read_docx(raw)


def _reply(kind: str, raw: bytes, charset: str | None) -> str:
    """Give the document, or the error that kept us from it, as JSON."""
    warnings.simplefilter("ignore")  # libraries warn of quirks that no one here can act on
    try:
        return _encode(_read(kind, raw, charset))
    except (MemoryError, ImportError):
        raise
    except SourceError as error:
        return json.dumps({"error": str(error)})
    except Exception as error:  # what a library raises on a broken file is anyone's guess
        detail = " ".join(clean(str(error)).split())[:160] or type(error).__name__
        if _was_full():  # C libraries give a failed allocation other names
            raise MemoryError from error
        return json.dumps({"error": f"is not a readable {LABELS[kind]}: {detail}"})


def _was_full() -> bool:
    """Say whether this process once held nearly all the memory it may; Linux alone can tell."""
    try:
        import resource

        peak = re.search(r"VmPeak:\s*(\d+) kB", Path("/proc/self/status").read_text())
        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    except (ImportError, OSError):
        return False
    return peak is not None and limit > 0 and int(peak[1]) * 1024 > 0.75 * limit


def main(arguments: Sequence[str]) -> int:
    """Be the child: kind, charset ("" for none), and the limits on memory, CPU and output."""
    kind, charset, *numbers = arguments
    memory, cpu, output = map(int, numbers)
    _confine(memory, cpu, output)
    try:
        sys.stdout.write(_reply(kind, sys.stdin.buffer.read(), charset or None))
        sys.stdout.flush()
    except MemoryError:
        return _OUT_OF_MEMORY
    except ImportError:
        return _NOT_INSTALLED
    except OSError:  # RLIMIT_FSIZE is met: EFBIG
        return _TOO_LONG
    return 0


if __name__ == "__main__":
    # At once: closing libraries down after memory ran out may fail for want of memory.
    os._exit(main(sys.argv[1:]))
