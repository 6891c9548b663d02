"""A server as a community, there and back."""

from summitqa_bot.service.permissions import community_of

PREFIX = community_of("discord", "")


def community(server: int) -> str:
    """Name the community that a server is."""
    return community_of("discord", str(server))


def server_of(community: str) -> int | None:
    """Give the id of the server that a community is; ``None`` where it is none."""
    number = community.removeprefix(PREFIX)
    return int(number) if number != community and number.isdecimal() else None
