"""The reading child is shut in: what runs in it gets at no file, network, program or process."""

import contextlib
import os
import platform
import re
import socket
import sys
import sysconfig
from pathlib import Path

import pytest

from summitqa.errors import SourceError
from summitqa_index.sources import calls, isolation, reader, sandbox
from summitqa_index.sources.sandbox import Limits, Readers

HELD = isolation.in_force()
landlock = pytest.mark.skipif(
    not any(name.startswith("Landlock") for name in HELD), reason="this kernel offers no Landlock"
)
seccomp = pytest.mark.skipif("seccomp" not in HELD, reason="this system offers no seccomp filters")
MACHINE = int(platform.machine() == "aarch64")
INOTIFY = [calls.REFUSED[name][MACHINE] for name in ("inotify_init1", "inotify_add_watch")]
HEADERS = (
    Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    Path("/usr/include/asm-generic/unistd.h"),
)


def attempt(monkeypatch: pytest.MonkeyPatch, code: str) -> str:
    """Run ``code`` in a real child in place of the reading; give what it found, or its error."""
    hook = (
        "import ctypes, fcntl, os, socket, sys, json\n"
        "from summitqa_index.sources import reader\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        "def call(number, *given):\n"
        "    if libc.syscall(number, *given) < 0:\n"
        "        raise OSError(ctypes.get_errno(), '')\n"
        "def let(tries):\n"
        "    got = []\n"
        "    for number, one in enumerate(tries):\n"
        "        try:\n"
        "            one()\n"
        "        except PermissionError:\n"
        "            continue\n"
        "        except OSError as error:\n"
        "            if error.errno == 38: continue\n"
        "            got.append((number, str(error)))\n"
        "        else:\n"
        "            got.append((number, 'done'))\n"
        "    return got\n"
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
    beside = Path(reader.__file__).parents[3] / "pyproject.toml"
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


def tries(*codes: str) -> str:
    """Give the code that tells which of these are not refused."""
    return "let([" + ", ".join(f"lambda: {code}" for code in codes) + "])"


@seccomp
def test_no_file_is_altered_or_watched(monkeypatch, tmp_path: Path):
    secret = tmp_path / ".env"
    secret.write_text("x")
    secret.chmod(0o600)
    before, name = secret.stat(), repr(str(secret))
    libraries = sysconfig.get_paths()["stdlib"]  # which it may read
    found = attempt(monkeypatch, tries(
        f"os.chmod({name}, 0o666)", f"os.chmod({name}, 0, follow_symlinks=True)",
        f"os.fchmod(os.open({libraries!r}, os.O_RDONLY), 0o755)", f"call(452, -100, {name}.encode(), 0o666, 0)",
        f"os.chown({name}, 1, 1)", f"os.lchown({name}, 1, 1)", f"os.utime({name}, (1, 1))",
        f"os.setxattr({name}, 'user.a', b'1')", f"os.removexattr({name}, 'user.a')",
        f"os.truncate({name}, 0)", f"libc.inotify_init() < 0 and call({INOTIFY[0]}, 0)",
        f"call({INOTIFY[1]}, 0, {name}.encode(), 4095)", f"call({calls.REFUSED['fanotify_init'][MACHINE]}, 0, 0)",
        f"call(463, -100, {name}.encode(), 0, b'user.a', None, 0)",
    ))  # fmt: skip
    assert found == "[]"
    after = secret.stat()
    assert (after.st_mode, after.st_uid, after.st_mtime_ns) == (
        before.st_mode,
        before.st_uid,
        before.st_mtime_ns,
    )


@seccomp
def test_no_other_process_is_slowed_or_signalled_and_nothing_is_shared(monkeypatch):
    named = {name: numbers[MACHINE] for name, numbers in calls.REFUSED.items()}
    found = attempt(monkeypatch, tries(
        "os.setpriority(os.PRIO_PROCESS, os.getppid(), 19)", "os.sched_setaffinity(os.getppid(), {0})",
        "os.sched_setscheduler(os.getppid(), os.SCHED_IDLE, os.sched_param(0))",
        f"call({named['sched_setattr']}, os.getppid(), bytes(48), 0)",
        f"call({named['ioprio_set']}, 1, os.getppid(), 3 << 13)",
        f"call({named['shmget']}, 1234, 4096, 0o1666)", f"call({named['msgget']}, 1234, 0o1666)",
        f"call({named['semget']}, 1234, 1, 0o1666)", f"call({named['mq_open']}, b'a', 66, 0o666, None)",
        f"call({named['kcmp']}, os.getppid(), os.getpid(), 0, 0, 0)",
        "fcntl.fcntl(0, fcntl.F_SETOWN, os.getppid())", "fcntl.fcntl(0, 10, 10)",
        "fcntl.ioctl(0, 0x8901, bytes(4))", "fcntl.ioctl(0, 0x5412, b'a')",
    ))  # fmt: skip
    assert found == "[]"


@seccomp
def test_nothing_of_the_system_is_touched(monkeypatch):
    numbers = [numbers[MACHINE] for numbers in calls.REFUSED.values()]
    # With arguments that make nothing of any of them, were it not refused.
    made = tries(*(f"call({one}, -1, -1, -1, -1, -1, -1)" for one in numbers if one is not None))
    assert attempt(monkeypatch, made) == "[]"
    assert attempt(monkeypatch, tries("call(10**6)", "call(470)", "call(453)")) == "[]"


@pytest.mark.skipif(not HEADERS[0].exists(), reason="the kernel's headers are not installed")
@pytest.mark.parametrize(("machine", "header"), [(0, HEADERS[0]), (1, HEADERS[1])])
def test_the_numbers_are_the_kernels(machine, header):
    text = header.read_text()
    known = dict(re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)\b", text))
    ours = calls.REFUSED | calls.OWN | {"fcntl": calls.FCNTL, "ioctl": calls.IOCTL}
    for name, numbers in ours.items():
        given = numbers[machine]
        if name in known or int(known["landlock_restrict_self"]) > (given or 0):
            assert known.get(name) == (None if given is None else str(given)), name


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
