"""Whether a text asks. Nothing heavy is imported here, for the children that read files use it."""

import re

# What stands before a question in an FAQ, as its reader leaves it out of the question.
_LABEL = re.compile(r"\s*(?i:q(?:uestion)?)[ ]?[:.)]\s*")
# What somebody says who only listens, behind a time, a name or both.
_LISTENING = re.compile(
    r"(?:[\d:.\[\]()]{4,20}+\s*)?(?:\*\*[^*\n]{1,40}\*\*:?|[A-Z][^:—\n]{0,40}\s?[:—])?\s*"
    r"(?i:(?:oh|ah|well|yeah|yep|yup|yes|ok|okay|right|sure|great|wow|hm+|mm+-?h*m*|uh-?huh|um|uh|hello|hi"
    r"|cool|exactly|thanks|thank you|nice|true|indeed)[,.!… ]*){1,3}(?:\([a-z]{1,20}\))?[,.!… ]*"
)
_QUESTION = re.compile(r"[?？؟][\"'”’»)\]\s]*+\Z")


def asks(text: str) -> bool:
    """Tell whether a text ends in a question."""
    return bool(_QUESTION.search(text[-20:]))


def is_label(text: str) -> bool:
    """Tell whether a text says that a question follows ("Q:"), whatever mark is at its end."""
    return _LABEL.fullmatch(text) is not None


def only_listens(text: str) -> bool:
    """Tell whether a text says no more than "Okay"."""
    return len(text) <= 120 and _LISTENING.fullmatch(text) is not None
