"""Remarks: what people say to each other, told by how it opens and by asking for nothing.

Each clause must be a remark by itself, so that no question after a comma is lost. A wish or a
trouble ("I lost my key") asks too, though its form is no question's: a search in vain is better
than silence.
"""

import re
from collections.abc import Set

from summitqa.lexical import fold

# Who says more than this many words tells a story, and may hope for an answer to it.
_LONGEST = 14
# Each run of marks is looked at once: from within, a long one would be gone over again and again.
_CLAUSE_END = re.compile(r"(?<![.,;:!()])[.,;:!()]++(?=\s|$)|\s[-–—]+\s|\n")
_WORD = re.compile(r"\w+(?:'\w+)*")
LAUGHTER = re.compile(r"\b(?:(?:a?ha){2,}h?|(?:he){2,}|l+o+l+|lmao+|rofl|xd+)\b")

_ALL = r"(?:all|everybody|everyone|folks|guys|mate)"
_I_AM = r"(?:i'?m|i am|we'?re|we are)(?: (?:already|just|not|now|really|so|still|too|very))*"
_PLEASANT = r"(?:amazing|awesome|fun|good|great|lovely|nice|wonderful)"
_DAY = r"(?:birthday|easter|holidays?|new year|xmas|(?:fri|mon|satur|sun|thurs|tues|wednes)day)"
_OCCASION = (
    r"(?:afternoon|break|day|drive|evening|flight|holidays?|journey|lunch|meal|night|rest|stay|summer"
    r"|time|trip|vacation|week(?:end)?|winter)"
)
# Nothing but when, where to or to whom: "back in five", "good luck with it", but not "back pain".
_SOME_TIME = (
    rf"(?: (?:again|at|for|in|later|now|on|soon|till?|to|today|tomorrow|tonight|with|{_ALL})\b"
    r"(?: \w+){0,3})?$"
)
# To somebody by name, or so: "happy birthday anna", but not "happy new year opening hours".
_TO_ONE = rf"(?: \w+$|{_SOME_TIME})"
_COMING_AND_GOING = (
    rf"(?:afternoon|evening|morning|night) {_ALL}$",
    rf"(?:afk|back|bbl|brb|{_I_AM} (?:home|off)){_SOME_TIME}",
    rf"{_I_AM} (?:heading|on (?:my|our|the) way|running (?:\w+ )*(?:behind|late))",
    r"(?:i|we)'ll (?:ask|be (?:back|late|right|there)|check|do|look|see|send|try)",
    r"(?:i'?m |i )?(?:gonna|gotta) (?:be|go|run|sleep)",
    rf"(?:(?:just )?got (?:back|home)|(?:catch|see) (?:u|ya|you)){_SOME_TIME}",
    r"(?:let'?s (?:do|eat|get|go|hope|play|see|start)|let me (?:check|think))",
    r"(?:on (?:my|our) way|off to(?: \w+){1,2}$|talk (?:later|soon)|cya|gtg|ttyl)",
)
_WISHES = (
    rf"(?:happy|merry) (?:christmas|{_DAY}){_TO_ONE}",
    rf"have an? (?:safe|{_PLEASANT}) (?:one|{_OCCASION}){_SOME_TIME}",
    rf"enjoy (?:it|your (?:\w+ )?{_OCCASION}){_SOME_TIME}",
    rf"(?:good luck(?! with \w+$(?<!it|us)(?<!that|them|this))|have fun|well done){_SOME_TIME}",
    rf"(?:get well(?: soon)?{_TO_ONE}|congrat(?:ulation)?s|sleep well|take care(?! of))",
    r"(?:(?:don'?t|no) (?:hurry|rush|stress|worr(?:y|ies))|my bad$|never ?mind)",
    rf"(?:sorry (?:about|for|to)|welcome (?:aboard|back){_TO_ONE})",
    r"wrong (?:channel|chat|server|thread|window)$",
)
_FEELINGS = (
    rf"{_I_AM} (?:bored|excited|exhausted|glad|happy|hungry|impressed|proud|tired)",
    r"(?:can'?t (?:believe|wait)|glad (?:it|that|to|we|you)|looking forward)",
    rf"(?:i (?:\w+ly )?)?(?:love|miss) (?:it|that|this|you){_SOME_TIME}",
    r"(?:(?:i )?hope (?:everyone|it|you)|i (?:guess|hope|think) so)",
    r"(?:so|too) (?:excited|glad|happy|proud|tired)",
    # Not "the", nor a noun: "haha max players" may look for something.
    r"(?:argh|lol|omg|oof|phew|ugh)(?: (?:i|it|my|our|s?he|that|they|this|we|you)\b|$)",
    r"(?:argh|ugh) \w+$",
)
_VERDICTS = (
    r"that(?:'?s| fixed| helped| is| made (?:me|my|our)| was| worked)",
    rf"(?:it was|this (?:is|was)) (?:(?:an?|just|really|so|such|very) )*{_PLEASANT}",
    rf"you(?:'?re| are) (?:(?:an?|so|the|too|very) )*(?:best|kind|legend|star|welcome|{_PLEASANT})",
    rf"(?:best \w+ ever|(?:oh|wow) what an?|(?:that )?(?:looks|sounds) {_PLEASANT})",
    r"(?:(?:i |\w+ly )?agreed?(?: with \w+)?$|fair (?:enough|point)|nice one|same here)",
    r"(?:(?:fine|works) (?:for|with) (?:me|us)|(?:me|you) (?:neither|too))",
    r"(?:i'?m )?not sure about that",
    r"(?:(?:fixed|found|got|on|solved|sorted) it|will do)$",
)
_OPENING = re.compile(rf"(?:{'|'.join(_COMING_AND_GOING + _WISHES + _FEELINGS + _VERDICTS)})(?!\w)")
# What asks wherever it stands: for an answer, for something, or for help out of a trouble.
_ASKS = re.compile(
    r"\b(?:any\w*|explain|heard|hows?|if|list|show|some(?:body|one)|tell"
    r"|wh(?:ats?|ens?|eres?|ether|ich|om?|os|ose|ys?)"
    r"|(?:are|can|could|did|do|does|is|may|should) (?:s?he|i|it|there|they|we|you)|is th(?:at|is)"
    r"|allowed|looking for|need\w*|please|pls|try to|trying|want\w*|wish|wonder\w*"
    r"|allergic|broken?|cancel\w*|cannot|\w+n't|(?:ca|did|do|does|is|wo)nt|confused|crash\w*|error"
    r"|fail\w*|forgot\w*|help|leak\w*|locked|lost|missing|not working|problem|refund\w*|stolen"
    r"|stuck|unable)\b"
)


def remarked(text: str, before: Set[str], beside: Set[str]) -> bool:
    """Tell whether a message is for people to hear, and asks for nothing.

    ``before``: the words that may stand before a remark; with those ``beside`` they may make one.
    """
    plain = _plain(text)
    said = [clause for part in _CLAUSE_END.split(plain) if (clause := _WORD.findall(part))]
    if "?" in plain or not said or sum(map(len, said)) > _LONGEST:
        return False
    small = before | beside
    return all((before & set(one) and small >= set(one)) or _opens(one, before) for one in said)


def _opens(clause: list[str], before: Set[str]) -> bool:
    """Tell whether a clause opens as a remark, small words aside, and then asks for nothing."""
    for place, word in enumerate(clause):
        said = " ".join(clause[place:])
        if opening := _OPENING.match(said):
            return not _ASKS.search(said, opening.end())
        if word not in before:
            break
    return False


def _plain(text: str) -> str:
    """Write a text in small letters, without accents, "sooo" as "so" and any laughter as "lol"."""
    return LAUGHTER.sub("lol", re.sub(r"(.)\1{2,}", r"\1", fold(text).replace("’", "'")))
