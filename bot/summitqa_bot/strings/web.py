"""What the reading page says."""

NAME = "SummitQA"
SKIP = "Skip to the text"
IS_OFF = "SUMMITQA_WEB_ACCESS is off, but the page can be served only where it is public or link."

# Refusals
ELSEWHERE = "This page is not at that address; whoever runs it can say so by SUMMITQA_WEB_URL."
REFUSED = "That cannot be asked of this page."
NOT_HERE = "There is nothing here to read."
SEALED = (
    "This link does not open anything, or no longer: it may be cut short, or too old. Ask again in "
    "chat for a new one."
)
TAKEN_OFF = "That article is no longer on the shelf."
NO_SUCH_RECEIPT = (
    "There is no such receipt, or no longer: the answer is forgotten, or its article taken off."
)
BY_LINK = (
    "Nothing is listed or asked here: a text opens by a link that was made for it, as the answers "
    "of SummitQA have them. Whoever runs this page can open it to all by "
    "SUMMITQA_WEB_ACCESS=public."
)
TOO_MANY_PAGES = "That was a lot of pages at once; please wait {seconds} s."
REFUSALS = {404: NOT_HERE, 405: REFUSED, 413: "That is more than can be sent to this page."}
TO_START = "To the beginning"

# The article
PARAGRAPH = "Paragraph {number}"
PAGE = "p. {page}"
SOURCE = "Source: {host}"
QUOTED_AT = "Quoted:"
ALSO_AT = "· beside it"
MARKED = "¶{number}"
NOT_KEPT = (
    "The version that was quoted from is no longer kept. This is the text as it stands now{lit}."
)
NOT_KEPT_LIT = ", in which the quote still stands"
GONE = "The words that were quoted no longer stand in it:"
CHANGED = "The text has changed since. This is what was quoted from."
DIFFERENCE = "What has changed"
WAS = "Then"
IS_NOW = "Now"
NOTHING = "—"
MORE_CHANGES = "and {count} more"
COPY_CITATION = "Copy citation"
COPY = "Copy"
COPIED = "Copied."
RECEIPT = "Receipt of this quote"
COPY_FORMS = {"plain": "Plain text", "markdown": "Markdown", "html": "HTML"}
QUOTE_BEGINS = "quote begins"

# Asking
TITLE = "Ask the articles"
LEDE = "What you read is theirs, word for word, and opens where it stands."
ASK_LABEL = "Your question"
ASK = "Ask"
ASK_ON = "Go on asking"
ASK_ARTICLE = "Ask about this article"
WITHIN = "In “{title}” alone"
WITHIN_ALL = "in all articles instead"
EXAMPLES = "For instance"
ARTICLES = "Articles"
FIND = "Find an article by its title"
FIND_BUTTON = "Find"
FIND_NONE = "No title holds that."
FIND_MORE = "There are more; type part of a title."
NO_ARTICLES = "There is no article yet."
READ_ALL = "Read it where it stands"
HELPFUL = "Was this helpful?"
REASON_SEND = "Send"
BACK = "Back to the answer"
