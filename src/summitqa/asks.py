"""Whether a text asks. Nothing heavy is imported here, for the children that read files use it."""

import re

_QUESTION = re.compile(r"[?？؟][\"'”’»)\]\s]*+\Z")


def asks(text: str) -> bool:
    """Tell whether a text ends in a question."""
    return bool(_QUESTION.search(text[-20:]))
