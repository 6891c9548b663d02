"""Numbers before nouns, as English has them."""


def counted(number: int, one: str, many: str) -> str:
    """Give a number and what is counted: “1 passage”, “2 passages”."""
    return f"{number} {one if number == 1 else many}"
