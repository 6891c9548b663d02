"""Shutting a process in for good, as far as Linux lets it: no network, no files, no other process.

Landlock leaves it the files that Python imports from, to read; seccomp refuses what makes sockets,
programs and processes, or reaches into others, files or the system (:mod:`.calls`). No package
does both and is kept up.
"""

import ctypes
import errno
import os
import platform
import struct
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from summitqa_index.sources import calls

# <linux/prctl.h>, <linux/seccomp.h>, <linux/landlock.h>; Landlock's numbers are every machine's.
_NO_NEW_PRIVS, _SECCOMP, _FILTER = 38, 22, 2
_CREATE, _ADD, _RESTRICT = 444, 445, 446
_READ = 1 << 2 | 1 << 3  # files and folders
# Rights to files that each version of Landlock knows of, to 5; those to the network came with 4,
# and shutting out signals and abstract sockets with 6.
_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}

_ALLOWED, _REFUSED = 0x7FFF0000, 0x00050000
_NUMBER, _ARCH, _FIRST, _SECOND = 0, 4, 16, 24  # offsets in struct seccomp_data
# By machine: its AUDIT_ARCH, and which of the numbers of a call is its.
_MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
_THREAD, _X32 = 0x10000, 0x40000000


def shut_in() -> list[str]:
    """Shut this thread, and what it starts, in; name what is in force, nothing where none is."""
    if sys.platform != "linux":
        return []
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0):
        return []
    return [name for name in (_landlock(libc), _seccomp(libc)) if name]


def _landlock(libc: ctypes.CDLL) -> str:
    version = libc.syscall(_CREATE, None, 0, 1)
    if version < 1:
        return ""
    rights = (1 << _RIGHTS[min(version, 5)]) - 1
    net, scoped = 3 if version >= 4 else 0, 3 if version >= 6 else 0
    given = struct.pack("=QQQ", rights, net, scoped)[: 24 if scoped else 16 if net else 8]
    rules = libc.syscall(_CREATE, given, ctypes.c_size_t(len(given)), 0)
    if rules < 0:
        return ""
    try:
        for path in _importable():
            with suppress(OSError):  # what is not there need not be read
                _let_read(libc, rules, path)
        return "" if libc.syscall(_RESTRICT, rules, 0) else f"Landlock ABI {version}"
    finally:
        os.close(rules)


def _let_read(libc: ctypes.CDLL, rules: int, path: Path) -> None:
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rights = _READ if path.is_dir() else 1 << 2
        libc.syscall(_ADD, rules, 1, struct.pack("=Qi", rights, descriptor), 0)
    finally:
        os.close(descriptor)


def _importable() -> Iterator[Path]:
    """Give what a reader may still need: Python, its packages, libraries, and its own memory use.

    Not all of ``sys.path``: a folder that our own packages lie below may hold an ``.env``.
    """
    import summitqa
    import summitqa_index

    own = [Path(path) for one in (summitqa, summitqa_index) for path in one.__path__]
    yield from own
    yield from map(Path, sysconfig.get_paths().values())
    above = {Path(), *(folder for path in own for folder in path.parents)}
    yield from (path for path in map(Path, sys.path) if path not in above)
    yield from map(Path, ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib"))
    yield from map(Path, ("/etc/ld.so.cache", "/dev/null", "/dev/urandom", "/usr/share/zoneinfo"))
    yield Path(f"/proc/{os.getpid()}/status")


def _seccomp(libc: ctypes.CDLL) -> str:
    known = _MACHINES.get(platform.machine())
    if known is None or sys.maxsize < 2**32:
        return ""
    program = b"".join(_program(*known))
    held = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog, a pointer aligned after the length.
    given = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(held))
    return "" if libc.prctl(_SECCOMP, _FILTER, given, 0, 0) else "seccomp"


def _program(arch: int, machine: int) -> Iterator[bytes]:
    """Give the filter: classic BPF, which jumps over so many instructions (<linux/filter.h>)."""
    yield _load(_ARCH) + _step(0x15, arch, 1, 0) + _REFUSE
    yield _load(_NUMBER)
    yield _step(0x35, _X32, 0, 1) + _REFUSE  # the same calls by other numbers
    for numbers in calls.REFUSED.values():
        if (number := numbers[machine]) is not None:
            yield _step(0x15, number, 0, 1) + _REFUSE
    # As if the kernel did not know them: where there is an older call it is used instead.
    yield _step(0x35, calls.NEWER, 0, 1) + _step(0x06, _REFUSED | errno.ENOSYS)
    for name, numbers in calls.OWN.items():
        yield _call(numbers[machine], _own(name))
    commands = b"".join(_step(0x15, one, 0, 1) + _REFUSE for one in calls.FCNTL_REFUSED)
    yield _call(calls.FCNTL[machine], _load(_SECOND) + commands + _PASS)
    commands = b"".join(_step(0x15, one, 0, 1) + _PASS for one in calls.IOCTL_LEFT)
    yield _call(calls.IOCTL[machine], _load(_SECOND) + commands + _REFUSE)
    yield _PASS


def _own(name: str) -> bytes:
    """Let a call be for this process itself only; a clone only as a thread of it."""
    same = _step(0x45, _THREAD, 0, 1) if name == "clone" else _step(0x15, os.getpid(), 0, 1)
    none = _step(0x15, 0, 0, 1) + _PASS if name == "prlimit64" else b""
    return _load(_FIRST) + same + _PASS + none + _REFUSE


def _call(number: int, then: bytes) -> bytes:
    """Decide a call by ``then``, which comes to an end; any other passes it by."""
    return _step(0x15, number, 0, len(then) // 8) + then


def _load(offset: int) -> bytes:
    return _step(0x20, offset)


def _step(code: int, value: int, if_so: int = 0, if_not: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_so, if_not, value)


_REFUSE, _PASS = _step(0x06, _REFUSED | errno.EPERM), _step(0x06, _ALLOWED)


def in_force() -> list[str]:
    """Name what holds a reading child here, by starting one."""
    done = subprocess.run(
        [sys.executable, "-m", "summitqa_index.sources.isolation"],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.split("\n")[:-1]


if __name__ == "__main__":
    for name in shut_in():
        sys.stdout.write(f"{name}\n")
