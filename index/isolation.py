"""Shutting a process in for good, as far as Linux lets it: no network, no files, no other process.

Landlock leaves it the files that Python imports from, to read; seccomp refuses what makes sockets,
programs and processes, or reaches into others. No package does both and is kept up.
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

# <linux/prctl.h>, <linux/seccomp.h>, <linux/landlock.h>; Landlock's numbers are every machine's.
_NO_NEW_PRIVS, _SECCOMP, _FILTER = 38, 22, 2
_CREATE, _ADD, _RESTRICT = 444, 445, 446
_READ = 1 << 2 | 1 << 3  # files and folders
# Rights to files that each version of Landlock knows of, to 5; those to the network came with 4,
# and shutting out signals and abstract sockets with 6.
_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}

_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000
# By machine: its AUDIT_ARCH, then the numbers of the system calls.
_NAMES = (
    "socket", "socketpair", "connect", "bind", "execve", "execveat", "ptrace", "process_vm_readv",
    "process_vm_writev", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "unshare", "setns", "mount",
    "chroot", "keyctl", "bpf", "perf_event_open", "userfaultfd", "open_by_handle_at",
    "pidfd_open", "pidfd_send_signal", "pidfd_getfd", "io_uring_setup",
)  # fmt: skip
_EVERYWHERE = (434, 424, 438, 425)
_MACHINES = {
    "x86_64": (0xC000003E, dict(zip(_NAMES, (
        41, 53, 42, 49, 59, 322, 101, 310, 311, 129, 297, 272, 308, 165, 161, 250, 321, 298, 323,
        304, *_EVERYWHERE), strict=True)) | {"fork": 57, "vfork": 58},
        {"kill": 62, "tkill": 200, "tgkill": 234, "prlimit64": 302, "clone": 56}),
    "aarch64": (0xC00000B7, dict(zip(_NAMES, (
        198, 199, 203, 200, 221, 281, 117, 270, 271, 138, 240, 97, 268, 40, 51, 219, 280, 241, 282,
        265, *_EVERYWHERE), strict=True)),
        {"kill": 129, "tkill": 130, "tgkill": 131, "prlimit64": 261, "clone": 220}),
}  # fmt: skip
_CLONE3, _THREAD, _X32 = 435, 0x10000, 0x40000000


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

    Not all of ``sys.path``: the folder that our own packages lie in may hold an ``.env``.
    """
    import summitqa

    own = (Path(__file__).parent, *map(Path, summitqa.__path__))
    yield from own
    yield from map(Path, sysconfig.get_paths().values())
    above = {Path(), Path("/"), *(path.parent for path in own)}
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


def _program(machine: int, refused: dict[str, int], own: dict[str, int]) -> Iterator[bytes]:
    """Give the filter: classic BPF, which jumps over so many instructions (<linux/filter.h>)."""
    number, arch, first = 0, 4, 16  # offsets in struct seccomp_data
    refuse = _step(0x06, _REFUSE | errno.EPERM)
    yield _step(0x20, arch) + _step(0x15, machine, 1, 0) + refuse
    yield _step(0x20, number)
    yield _step(0x35, _X32, 0, 1) + refuse  # the same calls by other numbers
    for call in refused.values():
        yield _step(0x15, call, 0, 1) + refuse
    yield _step(0x15, _CLONE3, 0, 1) + _step(0x06, _REFUSE | errno.ENOSYS)  # clone is used instead
    for name, call in own.items():
        # Only for this process itself; a clone only as a thread of it.
        same = _step(0x45, _THREAD, 2, 0) if name == "clone" else _step(0x15, os.getpid(), 2, 0)
        zero = 1 if name == "prlimit64" else 0
        yield _step(0x15, call, 0, 5) + _step(0x20, first) + same
        yield _step(0x15, 0, zero, 0) + refuse + _step(0x06, _ALLOW)
    yield _step(0x06, _ALLOW)


def _step(code: int, value: int, if_so: int = 0, if_not: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_so, if_not, value)


def in_force() -> list[str]:
    """Name what holds a reading child here, by starting one."""
    done = subprocess.run(
        [sys.executable, "-m", "index.isolation"], capture_output=True, text=True, check=False
    )
    return done.stdout.split("\n")[:-1]


if __name__ == "__main__":
    for name in shut_in():
        sys.stdout.write(f"{name}\n")
