"""A figure that was measured, and what it is held to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure, its 95 % interval where one was drawn, and the floor it is held to, if any.

    ``most`` says that the floor is a ceiling.
    """

    name: str
    value: float
    bounds: tuple[float, float] | None = None
    floor: float | None = None
    most: bool = False

    @property
    def reached(self) -> bool | None:
        """Whether the floor is reached; ``None`` where there is none."""
        if self.floor is None:
            return None
        return self.value <= self.floor if self.most else self.value >= self.floor
