"""All that is kept of a shelf comes into its folder, to be copied from there."""

from summitqa.library import VERSIONS
from summitqa.postgres.mirror import Mirror
from summitqa_index.postgres.publisher import SharedPublisher


def gather(mirror: Mirror, shelf: str) -> None:
    """Fetch what is not there yet; what is aside is left out. Raises what ``Mirror.bring`` does."""
    mirror.bring(shelf)
    publisher = SharedPublisher(mirror, shelf)
    for version in publisher.ids():
        with mirror.alone(shelf):
            mirror.fetch(shelf, version, mirror.folder(shelf) / VERSIONS / version)
    for name in publisher.blobs.names():
        publisher.blobs.get(name)
