"""Arrays in an uncompressed ``.npz``, laid so that they can be used where they lie.

Each array begins at a multiple of 64 bytes, by padding in the archive's own terms (zipalign's),
so that any reader of such files reads these, and this one reads any. What begins elsewhere, as
in what was written before, is copied.
"""

import io
import os
import struct
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from summitqa.folder.mapped import Mapped

_ALIGNED = 64
# The local header of a zip's member: its fixed part, and its last two fields.
_LOCAL, _LENGTHS = 30, struct.Struct("<26xHH")
_PADDING = struct.Struct("<HH")
_PADDED = 0xD935  # the extra field that Android's zipalign pads with
_ZIP64 = 20  # bytes that are put into the local header of a member of more than 2 GB
_AT_A_TIME = 1 << 20


def write_arrays(file: Any, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays to anything with ``write``, piece by piece."""
    counted = _Counted(file)
    with zipfile.ZipFile(counted, "w", zipfile.ZIP_STORED) as packed:  # type: ignore[call-overload]
        for name, array in arrays.items():
            _write(packed, counted, name, np.ascontiguousarray(array))


def _write(packed: zipfile.ZipFile, file: "_Counted", name: str, array: NDArray[Any]) -> None:
    head = io.BytesIO()
    npy.write_array_header_1_0(head, npy.header_data_from_array_1_0(array))
    member = zipfile.ZipInfo(f"{name}.npy")
    member.file_size = len(head.getvalue()) + array.nbytes
    large = member.file_size * 1.05 > zipfile.ZIP64_LIMIT
    begins = file.tell() + _LOCAL + len(member.filename) + _PADDING.size + _ZIP64 * large
    padding = -begins % _ALIGNED
    member.extra = _PADDING.pack(_PADDED, padding) + bytes(padding)
    with packed.open(member, "w", force_zip64=large) as into:
        into.write(head.getvalue())
        flat = array.reshape(-1).data.cast("B") if array.size else b""
        for start in range(0, len(flat), _AT_A_TIME):
            into.write(flat[start : start + _AT_A_TIME])


class _Counted:
    """A file that is only written to the end of, and knows how much was."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._size = 0

    def write(self, raw: Any) -> int:
        self._file.write(raw)
        self._size += len(raw)
        return len(raw)

    def tell(self) -> int:
        return self._size

    def flush(self) -> None:
        """Do nothing: who opened the file sees to it."""


def load_arrays(raw: bytes | Mapped) -> dict[str, NDArray[Any]]:
    """Read arrays back, not to be written to; they share the memory of ``raw`` where they can.

    Nothing is unpickled, and nothing packed that could swell. Raises ValueError or BadZipFile.
    """
    view = memoryview(raw) if isinstance(raw, bytes) else raw.view
    with zipfile.ZipFile(io.BufferedReader(_Viewed(view))) as packed:
        members = packed.infolist()
    if any(one.compress_type != zipfile.ZIP_STORED for one in members):
        raise ValueError("arrays are stored as they are, not compressed")
    return {one.filename.removesuffix(".npy"): _array(view, one) for one in members}


def _array(view: memoryview, member: zipfile.ZipInfo) -> NDArray[Any]:
    name, extra = _LENGTHS.unpack(view[member.header_offset : member.header_offset + _LOCAL])
    start = member.header_offset + _LOCAL + name + extra
    held = view[start : start + member.file_size]
    head = io.BufferedReader(_Viewed(held))
    if npy.read_magic(head) != (1, 0):
        raise ValueError("another kind of array")
    shape, columns, kind = npy.read_array_header_1_0(head)
    if kind.hasobject or (columns and len(shape) > 1):
        raise ValueError("numbers are stored, row after row")
    array: NDArray[Any] = np.frombuffer(held[head.tell() :], kind).reshape(shape)
    return array if array.flags.aligned else array.copy()


class _Viewed(io.RawIOBase):
    """A file over a part of memory, of which nothing is copied but what is read."""

    def __init__(self, view: memoryview) -> None:
        self._view = view
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        begins = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: len(self._view)}[whence]
        if begins + offset < 0:
            raise ValueError("before the beginning")
        self._at = begins + offset
        return self._at

    def readinto(self, buffer: Any, /) -> int:
        part = self._view[self._at : self._at + len(buffer)]
        buffer[: len(part)] = part
        self._at += len(part)
        return len(part)
