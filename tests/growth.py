"""How work grows with what it is given: a ratio, which is the same on a slow machine."""

import gc
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

TIMES = 4


def growth(do: Callable[[T], object], make: Callable[[int], T], size: int) -> float:
    """Give how much longer ``do`` takes for four times as much: about 4 where work is in step."""
    return _seconds(do, make(TIMES * size)) / _seconds(do, make(size))


def _seconds(do: Callable[[T], object], given: T) -> float:
    taken = []
    gc.disable()  # what it takes depends on all else that there is
    try:
        for _ in range(2):
            began = time.process_time()
            do(given)
            taken.append(time.process_time() - began)
    finally:
        gc.enable()
    return min(taken)
