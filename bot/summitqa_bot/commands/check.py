"""What the doctor says of one thing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One line: what was looked at, how it is, and the mend where it is not well.

    ``well`` is ``None`` for what cannot be seen from outside, only told.
    """

    name: str
    well: bool | None
    detail: str
