"""What is said of articles that are put on a shelf, looked at, changed and taken off."""

FILE, PAGE, TEXT = "file", "page", "text"
LIST = "On this shelf: {articles}, {passages}."
LIST_LINE = "{title} ({slug}) · {passages}{date}"
LIST_HOUSE = "Beside it, for every community: {titles}"
LIST_EMPTY = (
    "Nothing is on this shelf yet; whoever looks after it can put something there with "
    "/articles add."
)
LIST_MORE = "and {count} more"
SHOWN = "{title} ({slug}): {passages}; {source}; put here {at}{by}."
SHOWN_BY = " by {name}"
PREVIEW_ADD = "To be put on the shelf: “{title}”, {passages}."
PREVIEW_REPLACE = "To be put in place of {slug}: “{title}”, {passages}."
PREVIEW_RENAME = "{slug} would be called “{title}”."
PREVIEW_REMOVE = "To be taken off the shelf: {slug}, {passages}."
PREVIEW_FIRST = "Its first sentence, ¶{paragraph}"
PREVIEW_LAST = "Its last sentence, ¶{paragraph}"
FACTS = {"date": "Date: {}", "link": "Link: {}", "credit": "Credit: {}"}
FACTS_UNSAID = "Not known: {names}"
PREVIEW_SAME = "The same file is on the shelf already, as {slug}; this would be there beside it."
PREVIEW_CHANGES = "Against what is there now: {added} new, {changed} changed, {removed} gone."
PREVIEW_TROUBLE = "Something is amiss: {trouble}"
PREVIEW_KEPT = "All questions of the shelf keep their answer."
PREVIEW_LOST = "{count} of the shelf’s questions would lose their answer: {first}{more}."
PREVIEW_NOTE = "Nothing has changed yet. Only you see this."
DONE_ADD = "“{title}” is on the shelf, {passages}: ask about it with /ask."
DONE_REPLACE = "“{title}” is in place of what was there, {passages}."
DONE_RENAME = "It is called “{title}” now."
DONE_REMOVE = "{slug} is off the shelf."
DONE_SAME = "The shelf is like that already; nothing was changed."
DROPPED = "Nothing was changed."
UNDONE = "Undone: the shelf is as it was before."
DRAFT_GONE = "That is not to be decided here any more."
DRAFT_DONE = "That has been decided: {done}."
FULL_ARTICLES = (
    "This shelf holds {count} articles, as many as one may (SUMMITQA_SHELF_ARTICLES); take one off "
    "first."
)
FULL_PASSAGES = (
    "This shelf would hold {passages} passages, more than the {most} that one may "
    "(SUMMITQA_SHELF_PASSAGES); take something off first."
)
FULL_BYTES = (
    "This shelf would hold {megabytes} MB of files and pages, more than the {most} MB that one may "
    "(SUMMITQA_SHELF_MB); take something off first."
)
NOTHING_GIVEN = "There is nothing to put on the shelf; expected a file, a link or a text."
TOO_MUCH_GIVEN = "Of a file, a link to read and a text, give one at a time."
FILE_TOO_LARGE = (
    "{name} is {megabytes} MB, larger than {most} MB, the limit that SUMMITQA_MAX_SOURCE_MB sets."
)
FILE_NOT_FETCHED = "{name} could not be fetched; please hand it in once more."
FIRST_OF_SEVERAL = "Of several files, this is the first: {name}."
BAD_DATE = "The date is {value!r}; expected a day such as 2025-08-16."
BAD_LINK = "The link is {value!r}; expected one such as https://host/page."
UNKNOWN = "There is no {slug!r} on this community’s shelf; /articles list names what there is."
HISTORY = "The latest changes of this shelf:"
HISTORY_LINE = "{at} · {what}, by {who}"
HISTORY_WHAT = {
    "put add": "{about} put on the shelf",
    "put replace": "{about} replaced",
    "put rename": "{about} renamed",
    "put remove": "{about} taken off",
    "undo": "the last change undone",
    "rollback": "gone back to the version before",
    "switch": "switched to another version",
    "reindex": "everything read again",
    "teach": "a question pointed to a passage",
    "written": "an answer written",
    "forget": "everything erased",
}
HISTORY_NONE = "Nothing has been changed here yet."
BUTTON_PUT = "Put on the shelf"
BUTTON_MAKE = "Make this change"
BUTTON_DROP = "Cancel"
BUTTON_DETAILS = "Title, date, link, credit"
BUTTON_UNDO = "Undo"
FORM_ADD = "Put on the shelf"
FORM_DETAILS = "What the file does not say"
FIELD_FILE = "A file (txt, md, html, pdf, docx)"
FIELD_URL = "or a page to read, https://…"
FIELD_TEXT = "or a text, pasted"
FIELD_TITLE = "Title"
FIELD_DATE = "Date, such as 2025-08-16"
FIELD_LINK = "Link to the original"
FIELD_CREDIT = "Credit: author or source"
