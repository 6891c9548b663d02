"""What takes long to open is opened once, by whoever comes first, and kept open for a while."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Thing = TypeVar("Thing")


class Kept(Generic[Key, Thing]):
    """Opened things by their keys, each of a ``size``; may be used by many threads."""

    def __init__(self, size: Callable[[Thing], int]) -> None:
        self._size = size
        self._lock = threading.Lock()
        # Open ones, and those that are being opened: whoever comes meanwhile waits for that.
        self._places: OrderedDict[Key, Future[Thing]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, key: object) -> bool:
        return key in self._places

    def get(self, key: Key, make: Callable[[], Thing], most: int, size: int) -> Thing:
        """Give what is open, or open it, and ``keep`` so many of so much.

        Where ``make`` fails, so does this for all who waited for it; it is tried anew after.
        """
        place, begun = self._place(key)
        if begun:
            self._fill(key, place, make)
            self.keep(most, size)  # only now, for what cannot be opened takes no other's place
        return place.result()

    def keep(self, most: int, size: int) -> None:
        """Keep what was asked for last: so many of no more than ``size`` in all, one in any case.

        Things may have grown while they were open.
        """
        total = 0
        with self._lock:
            for number, (key, place) in enumerate(reversed(list(self._places.items()))):
                total += self._size(place.result()) if _is_open(place) else 0
                if number >= most or (number and total > size):
                    del self._places[key]

    def open(self) -> list[tuple[Key, Thing]]:
        """Give what is open now."""
        with self._lock:
            places = list(self._places.items())
        return [(key, place.result()) for key, place in places if _is_open(place)]

    def let_go(self, which: Callable[[Key], bool]) -> None:
        """Let go of what has such a key, though it is only being opened."""
        with self._lock:
            for key in [one for one in self._places if which(one)]:
                del self._places[key]

    def _place(self, key: Key) -> tuple[Future[Thing], bool]:
        """Give the place of what is open, and whether it is for the caller to open it."""
        with self._lock:
            place = self._places.get(key)
            if begun := place is None:
                place = self._places[key] = Future()
            self._places.move_to_end(key)
        return place, begun

    def _fill(self, key: Key, place: Future[Thing], make: Callable[[], Thing]) -> None:
        try:
            made = make()
        except BaseException as error:
            with self._lock:
                if self._places.get(key) is place:
                    del self._places[key]
            place.set_exception(error)
            raise
        place.set_result(made)


def _is_open(place: Future[Any]) -> bool:
    return place.done() and place.exception() is None
