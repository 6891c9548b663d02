"""What is said of backups."""

SHELVES = ("shelf", "shelves")
VERSIONS = ("version", "versions")
ROWS = ("row", "rows")
FILES = ("file", "files")
WHOLE_HOME = (
    "A backup is of all shelves, but --shelf or SUMMITQA_SHELF names {shelf!r}; leave it away."
)
BACKED_UP = "{file}: {shelves}, {versions}, {rows} of the database, {size:,.1f} MB."
KEY_APART = (
    "The tokens of Slack workspaces in it are sealed; SUMMITQA_TOKEN_KEY, which opens them, is not "
    "in it, so keep that elsewhere."
)
RESTORED = "{home}: restored as it was on {made_at}, by SummitQA {by}: {files}."
RUN_INDEX = "Run `summitqa status` to see whether the index is to be built anew."
NOTHING = "There is nothing in {home} to back up: neither an index nor a database."
GOES_ON = (
    "Files of {home} went while they were copied, three times over; try again when less is erased "
    "there."
)
BUSY = "Another backup is being written to {file}; try again when it is done."
RESTORING = "Another restore is at work in {home}; try again when it is done."
NOT_WRITTEN = (
    "{file} cannot be written ({reason}); expected a file in a folder that can be written to."
)
NOT_READ = "{file} cannot be read ({reason}); expected a file that `summitqa backup` made."
UNREADABLE = "{path} cannot be copied ({reason}); let the user that runs SummitQA read it."
NOT_PLACED = "{home} cannot be filled ({reason}); expected an empty folder that can be written to."
NO_ROOM = "There is no room in {folder} for the backup; free some, or choose a larger disk."
NO_ROOM_LEFT = "Restoring needs {needed:,.1f} MB in {home}, but {free:,.1f} MB is free; free some."
NOT_EMPTY = (
    "{home} is not empty, there is {found}; a backup is restored into an empty folder, such as "
    "`summitqa --home NEW restore FILE`."
)
NOT_EMPTY_DATABASE = (
    "The database that SUMMITQA_DATABASE_URL names is not empty; a backup is restored into an "
    "empty one."
)
DAMAGED = "{file} is damaged, or no backup ({error}); nothing was restored."
NO_MEMBER = "It holds {name!r}, which is no part of a backup; nothing was restored."
NOT_WHOLE = (
    "The backup is damaged: {name} and {count} in all are not what was saved; nothing was restored."
)
NEWER = (
    "The backup has format {format}, but this SummitQA reads format {known}; update SummitQA, or "
    "restore it with the version that made it."
)
