"""FAISS: sentence vectors to the sentences nearest to a question."""

import threading
from collections.abc import Sequence
from typing import Any

import faiss
import numpy as np

from summitqa.encoder import Floats, Ints
from summitqa.folder.mapped import Mapped

# faiss.omp is a process-wide setting; one thread, as a question is too small to share.
faiss.omp_set_num_threads(1)

# Up to here every sentence is compared, exactly; beyond, those of the lists nearest to the
# question, a byte a component (IVF, SQ8). CPU ms a question, MB, recall of the exact 256 nearest,
# CPU s to build, of mixtures of SQuAD's sentence vectors, d = 384:
#   100k  Flat 8.0, 154, 1 · SQ8 6.7, 38, .995
#   200k  Flat 17.4, 307, 1, 0 · SQ8 13.9, 77, .995, 0 · IVF 128 of 1024 2.1, 80, .979, 8
#         IVF 64 1.1, 80, .969, 8 · HNSW32, ef 512 1.0, 131, .972, 43
#   400k  IVF 128 of 1024 3.4, 158, .986, 10 · IVF 64 1.8, 158, .979, 10
FLAT_UP_TO = 100_000
LISTS, PROBED = 1024, 128
_TRAINED_ON = 40  # sentences a list; FAISS warns below 39
# FAISS's marks of the kinds of index that are written here.
_KINDS = (b"IxFI", b"IwSq")
# FAISS's limit on what is read is the process's, not the call's.
_one_at_a_time = threading.Lock()


def make_index(batches: Sequence[Any], dimension: int) -> Any:
    """Index sentence vectors, given in batches of (n, d), by inner product."""
    count = sum(len(batch) for batch in batches)
    index = faiss.IndexFlatIP(dimension) if count <= FLAT_UP_TO else _trained(batches, dimension)
    for batch in batches:
        index.add(np.ascontiguousarray(batch, np.float32))
    return index


def _trained(batches: Sequence[Any], dimension: int) -> Any:
    """Give an empty index of lists, their centres found on sentences drawn at random.

    Every so many-th would miss most of what recurs at that distance, as in a series of reports.
    """
    vectors = np.concatenate(batches)
    count = min(len(vectors), LISTS * _TRAINED_ON)
    sample = vectors[np.sort(np.random.default_rng(0).choice(len(vectors), count, replace=False))]
    index = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(dimension), dimension, LISTS,
        faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT,
    )  # fmt: skip
    index.train(np.ascontiguousarray(sample, np.float32))
    return index


def dump_index(index: Any) -> bytes:
    """Give an index as bytes."""
    return bytes(faiss.serialize_index(index))


def load_index(raw: bytes | Mapped, sentences: int, dimension: int) -> Any:
    """Read the index of so many sentences, as ``make_index`` made it; ValueError for another.

    One that is mapped stays where it is: its vectors are paged in as they are looked at.
    """
    begins = raw[:4] if isinstance(raw, bytes) else bytes(raw.view[:4])
    if begins not in _KINDS:
        raise ValueError("another kind of index")
    # A damaged header can make FAISS ask for gigabytes; the bytes are verified by now, and
    # this caps what is left of that risk.
    with _one_at_a_time:
        faiss.set_deserialization_vector_byte_limit(max(len(raw), 1))
        index = _read(raw)
    check_index(index, sentences, dimension)
    return index


def _read(raw: bytes | Mapped) -> Any:
    if isinstance(raw, Mapped):
        if raw.path is not None:
            return faiss.read_index(raw.path, faiss.IO_FLAG_MMAP_IFC)
        raw = bytes(raw.view)
    return faiss.deserialize_index(np.frombuffer(raw, np.uint8))


def check_index(index: Any, sentences: int, dimension: int) -> None:
    """Hold an index that was read to so many sentences; ValueError where it is not of them."""
    found = (index.d, index.ntotal, index.metric_type)
    if found != (dimension, sentences, faiss.METRIC_INNER_PRODUCT):
        raise ValueError(f"{found} is not what the manifest says")
    if isinstance(index, faiss.IndexIVF):
        centres = faiss.downcast_index(index.quantizer)
        if (centres.d, centres.ntotal) != (dimension, index.nlist):
            raise ValueError("the lists have other centres")
        if not _each_once(index.invlists, sentences):
            raise ValueError("not each sentence is in one list")


def _each_once(lists: Any, sentences: int) -> bool:
    """Tell whether each sentence is in one list, and nothing else in any."""
    sizes = [lists.list_size(number) for number in range(lists.nlist)]
    seen = np.zeros(sentences, bool)
    for number in np.flatnonzero(sizes).tolist():
        listed = faiss.rev_swig_ptr(lists.get_ids(number), sizes[number])
        if listed.min() < 0 or listed.max() >= sentences:
            return False
        seen[listed] = True
    return sum(sizes) == sentences and bool(seen.all())


def nearest(index: Any, vector: Floats, count: int, first: int, last: int) -> tuple[Ints, Floats]:
    """Give the sentences of ``first:last`` nearest to a (d,) unit vector, and their cosines."""
    parameters = _parameters(index, first, last)
    scores, found = index.search(vector.reshape(1, -1), min(count, last - first), params=parameters)
    kept = found[0] >= 0
    return found[0][kept].astype(np.int32), scores[0][kept]


def _parameters(index: Any, first: int, last: int) -> Any:
    run = faiss.IDSelectorRange(first, last)
    if not isinstance(index, faiss.IndexIVF):
        return faiss.SearchParameters(sel=run)  # type: ignore[call-arg]  # its stubs know no keyword
    if last - first == index.ntotal:
        return faiss.SearchParametersIVF(nprobe=PROBED)  # type: ignore[call-arg]
    # The nearest of one article lie anywhere: every list is looked through for its sentences.
    return faiss.SearchParametersIVF(nprobe=index.nlist, sel=run)  # type: ignore[call-arg]
