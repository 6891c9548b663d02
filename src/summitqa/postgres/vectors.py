"""Vectors as pgvector receives them, as the type's parameter: no text is made or read of them."""

from dataclasses import dataclass

import numpy as np
import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import Dumper
from psycopg.pq import Format

from summitqa.encoder import Floats

_HEAD = np.dtype([("dimension", ">i2"), ("unused", ">i2")])


@dataclass(frozen=True, slots=True)
class Vector:
    """A value of type ``vector`` or ``halfvec``, as its binary form."""

    raw: bytes

    @classmethod
    def of(cls, vector: Floats, kind: str) -> "Vector":
        """Take a (d,) vector: ``kind`` is ``>f4`` for ``vector``, ``>f2`` for ``halfvec``."""
        head = np.asarray((len(vector), 0), _HEAD)
        return cls(head.tobytes() + vector.astype(kind).tobytes())


class _VectorDumper(Dumper):
    """Sends a vector; of which type it is, the query says."""

    format = Format.BINARY
    oid = 0

    def dump(self, obj: Vector) -> Buffer:
        return obj.raw


psycopg.adapters.register_dumper(Vector, _VectorDumper)
