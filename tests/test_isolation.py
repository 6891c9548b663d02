"""The reading child is shut in: what runs in it gets at no file, network, program or process."""

import contextlib
import os
import socket
import sys
from pathlib import Path

import pytest

from index import isolation, reader, sandbox
from index.sandbox import Limits, Readers
from summitqa.errors import SourceError

HELD = isolation.in_force()
landlock = pytest.mark.skipif(
    not any(name.startswith("Landlock") for name in HELD), reason="this kernel offers no Landlock"
)
seccomp = pytest.mark.skipif("seccomp" not in HELD, reason="this system offers no seccomp filters")


def attempt(monkeypatch: pytest.MonkeyPatch, code: str) -> str:
    """Run ``code`` in a real child in place of the reading; give what it found, or its error."""
    hook = (
        "import ctypes, os, socket, sys, json\n"
        "from index import reader\n"
        "def reply(kind, raw, charset):\n"
        "    try:\n"
        f"        found = {code}\n"
        "    except BaseException as error:\n"
        "        found = type(error).__name__\n"
        "    return json.dumps({'error': f'found {found}'}).encode()\n"
        "reader.reply = reply\n"
        "os._exit(reader.main(sys.argv[1:]))\n"
    )

    def command(limits: Limits) -> list[str]:
        return [
            sys.executable,
            "-P",
            "-c",
            hook,
            *map(str, (limits.memory, limits.cpu, limits.output)),
        ]

    monkeypatch.setattr(sandbox, "_command", command)
    with Readers() as readers, pytest.raises(SourceError) as caught:
        readers.read("txt", b"x")
    return str(caught.value).removeprefix("found ")


def test_the_hook_itself_runs_in_the_child(monkeypatch):
    assert attempt(monkeypatch, "1 + 1") == "2"
    assert attempt(monkeypatch, "os.getppid()") == str(os.getpid())


@landlock
def test_no_file_is_read_or_written(monkeypatch, tmp_path: Path):
    secret = tmp_path / ".env"
    secret.write_text("DISCORD_TOKEN=x")
    beside = Path(reader.__file__).parents[1] / "pyproject.toml"
    for code in (
        f"open({str(secret)!r}).read()", f"open({str(tmp_path / 'new')!r}, 'x')", "open('/etc/passwd').read()",
        f"os.listdir({str(tmp_path)!r})", f"os.unlink({str(secret)!r})", f"open({str(beside)!r}).read()",
        f"os.rename({str(secret)!r}, {str(tmp_path / 'b')!r})", f"os.mkdir({str(tmp_path / 'c')!r})",
        "open(f'/proc/{os.getppid()}/environ').read()", f"open('/proc/self/root{secret}').read()",
        f"os.symlink('/', {str(tmp_path / 'd')!r})", "open('/proc/self/mem', 'r+b')",
    ):  # fmt: skip
        assert attempt(monkeypatch, code) == "PermissionError", code
    assert [path.name for path in tmp_path.iterdir()] == [".env"]


@seccomp
def test_nothing_is_connected_to(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        port = server.getsockname()[1]
        for code in (
            f"socket.create_connection(('127.0.0.1', {port}))",
            "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
            "socket.socket(socket.AF_UNIX)",
            "socket.socketpair()",
            "socket.socket(socket.AF_INET6)",
        ):
            assert attempt(monkeypatch, code) == "PermissionError", code
        with pytest.raises(TimeoutError):
            server.accept()


@seccomp
def test_no_program_is_run_and_no_process_reached(monkeypatch):
    libc = "ctypes.CDLL(None, use_errno=True)"
    for code in (
        "os.execv(sys.executable, [sys.executable, '-c', ''])", "os.fork()",
        "os.posix_spawn('/bin/sh', ['sh'], {})", "os.kill(os.getppid(), 9)", "os.kill(0, 9)",
        "os.kill(-1, 9)", "__import__('subprocess').run(['true'])",
        "__import__('resource').prlimit(os.getppid(), 0, (1, 1))", "os.pidfd_open(os.getppid())",
    ):  # fmt: skip
        assert attempt(monkeypatch, code) == "PermissionError", code
    assert attempt(monkeypatch, f"{libc}.ptrace(16, os.getppid(), 0, 0)") == "-1"
    assert attempt(monkeypatch, f"{libc}.syscall(425, 8, 0)") == "-1"  # io_uring, a way round


def test_what_the_child_needs_is_left_to_it(monkeypatch):
    for module in (
        "trafilatura",
        "pypdf",
        "docx",
        "lxml.html",
        "markdown_it",
        "sentencex",
        "ctypes",
    ):
        assert attempt(monkeypatch, f"__import__({module!r}).__name__ and 'there'") == "there"
    assert attempt(monkeypatch, "open('/proc/self/status').read(5)") == "Name:"
    assert attempt(monkeypatch, "os.kill(os.getpid(), 0)") == "None"
    ran = "[t.start() or t.join() for t in [__import__('threading').Thread(target=print)]]"
    assert attempt(monkeypatch, ran) == "[None]"


def test_where_the_system_offers_nothing_it_goes_on(monkeypatch):
    with contextlib.suppress(AttributeError):
        monkeypatch.setattr(isolation.ctypes, "CDLL", lambda *_, **__: Nothing())
    assert isolation.shut_in() == []


class Nothing:
    """A kernel that knows none of it."""

    def prctl(self, option: int, *_: object) -> int:
        return 0 if option == isolation._NO_NEW_PRIVS else -1

    def syscall(self, *_: object) -> int:
        return -1
