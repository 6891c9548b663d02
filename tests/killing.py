"""Killing a process at each of the steps that make a change last."""

import os
import signal
from collections.abc import Callable, Sequence

# A kill before any of them is a kill at any moment that matters.
STEPS = ("replace", "rename", "fsync", "unlink")


def killed_at(step: int, act: Callable[[], object], names: Sequence[str] = STEPS) -> bool:
    """Do something in a child that is killed at a step; tell whether it came so far."""
    child = os.fork()
    if child == 0:
        count = 0
        for name in names:
            real = getattr(os, name)

            def counted(*args, real=real, **given):
                nonlocal count
                count += 1
                if count == step:
                    os.kill(os.getpid(), signal.SIGKILL)
                return real(*args, **given)

            setattr(os, name, counted)
        try:
            act()
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])
