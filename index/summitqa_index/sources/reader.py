"""The child that reads: ``python -m`` with this module, in which a hostile file is shut in.

Each request is a line of JSON (``kind``, ``charset``, ``size``) and so many bytes of a file; each
answer a line with a size and so many bytes: a reading, or JSON with the ``error`` that kept us
from one.
"""

import json
import math
import os
import re
import sys
import warnings
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from summitqa.errors import SourceError
from summitqa_index.sources.clean import LONGEST_LINE, one_line
from summitqa_index.sources.document import Document
from summitqa_index.sources.isolation import shut_in
from summitqa_index.sources.passages import split
from summitqa_index.sources.reading import Reading, encode

LABELS = {
    "html": "HTML page", "pdf": "PDF", "docx": "Word document",
    "txt": "text file", "md": "Markdown file",
}  # fmt: skip
OUT_OF_MEMORY, NOT_INSTALLED = 65, 67  # exit statuses
TOO_LONG = "holds more than {} MB of text"


def confine(memory: int) -> None:
    """Limit this process, before it has seen a byte of any file, and for good."""
    _limit("RLIMIT_AS", memory, memory)
    _limit("RLIMIT_FSIZE", 0, 0)  # its answers go through a pipe
    _limit("RLIMIT_CORE", 0, 0)


def _allow(seconds: int) -> None:
    """Give this process so much more processor time; a signal ends it where it needs more."""
    with suppress(ImportError):
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        spent = math.ceil(used.ru_utime + used.ru_stime)
        _limit("RLIMIT_CPU", spent + seconds, resource.RLIM_INFINITY)


def _limit(name: str, soft: int, hard: int) -> None:
    try:
        import resource

        number = getattr(resource, name)
        most = resource.getrlimit(number)[1]
        if most != resource.RLIM_INFINITY:
            soft, hard = (
                min(soft, most),
                most if hard == resource.RLIM_INFINITY else min(hard, most),
            )
        resource.setrlimit(number, (soft, hard))
    except ImportError:  # Windows; the parent's clock is left
        return
    except (ValueError, OSError):  # macOS knows no RLIMIT_AS
        return


def _read(kind: str, raw: bytes, charset: str | None) -> Document:
    if kind in {"txt", "md"}:
        from summitqa_index.sources.plain import read_plain

        return read_plain(raw, markdown=kind == "md", charset=charset)
    from summitqa_index.sources import formats

    match kind:
        case "html":
            return formats.read_html(raw, charset=charset)
        case "pdf":
            return formats.read_pdf(raw)
        case _:
            return formats.read_docx(raw)


def reply(kind: str, raw: bytes, charset: str | None) -> bytes:
    """Give the reading, or the error that kept us from it."""
    try:
        document = _read(kind, raw, charset)
        return encode(Reading(split(document), one_line(document.trouble)))
    except (MemoryError, ImportError):
        raise
    except SourceError as error:
        return _error(str(error))
    except Exception as error:  # what a library raises on a broken file is anyone's guess
        detail = (one_line(str(error)) or type(error).__name__)[:160]
        if _was_full():  # C libraries give a failed allocation other names
            raise MemoryError from error
        return _error(f"is not a readable {LABELS[kind]}: {detail}")


def _error(reason: str) -> bytes:
    shown = "".join(one if one.isprintable() else "?" for one in reason[:LONGEST_LINE])
    return json.dumps({"error": shown}).encode()


def _was_full() -> bool:
    """Say whether this process once held nearly all the memory it may; Linux alone can tell."""
    try:
        import resource

        peak = re.search(r"VmPeak:\s*(\d+) kB", Path("/proc/self/status").read_text())
        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    except (ImportError, OSError):
        return False
    return peak is not None and limit > 0 and int(peak[1]) * 1024 > 0.75 * limit


def _serve(requests: BinaryIO, answers: BinaryIO, cpu: int, output: int) -> None:
    for line in requests:
        asked: dict[str, Any] = json.loads(line)
        raw = requests.read(asked["size"])
        _allow(cpu)
        found = reply(asked["kind"], raw, asked["charset"])
        if len(found) > output:
            found = _error(TOO_LONG.format(output // 2**20))
        answers.write(b"%d\n" % len(found) + found)
        answers.flush()


def main(arguments: Sequence[str]) -> int:
    """Be the child: limits on memory, processor time a file, and output."""
    memory, cpu, output = map(int, arguments)
    confine(memory)
    shut_in()
    warnings.simplefilter("ignore")  # libraries warn of quirks that no one here can act on
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    try:
        _serve(sys.stdin.buffer, answers, cpu, output)
    except MemoryError:
        return OUT_OF_MEMORY
    except ImportError:
        return NOT_INSTALLED
    return 0


if __name__ == "__main__":
    # At once: closing libraries down after memory ran out may fail for want of memory.
    os._exit(main(sys.argv[1:]))
