"""What takes long to open is opened once, by whoever comes first, and kept open for a while."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Thing = TypeVar("Thing")


class Kept(Generic[Key, Thing]):
    """Opened things by their keys; may be used by many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # Open ones, and those that are being opened: whoever comes meanwhile waits for that.
        self._places: OrderedDict[Key, Future[Thing]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, key: object) -> bool:
        return key in self._places

    def get(self, key: Key, make: Callable[[], Thing], most: int) -> Thing:
        """Give what is open, or open it, and keep so many of those asked for last.

        Where ``make`` fails, so does this for all who waited for it; it is tried anew after.
        """
        place, begun = self._place(key)
        if begun:
            self._fill(key, place, make, most)
        return place.result()

    def open(self) -> list[tuple[Key, Thing]]:
        """Give what is open now."""
        with self._lock:
            places = list(self._places.items())
        return [
            (key, place.result())
            for key, place in places
            if place.done() and place.exception() is None
        ]

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

    def _fill(self, key: Key, place: Future[Thing], make: Callable[[], Thing], most: int) -> None:
        try:
            made = make()
        except BaseException as error:
            with self._lock:
                if self._places.get(key) is place:
                    del self._places[key]
            place.set_exception(error)
            raise
        place.set_result(made)
        with self._lock:  # only now, for what cannot be opened takes no other's place
            while len(self._places) > most:
                self._places.popitem(last=False)
