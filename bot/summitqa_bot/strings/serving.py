"""What is said of serving: to whoever runs the bot."""

NOTHING_TO_SERVE = (
    "Nothing is set up that could be served; put DISCORD_TOKEN, or SLACK_BOT_TOKEN and "
    "SLACK_APP_TOKEN, or SUMMITQA_WEB_URL into .env or the environment (.env.example has a line on "
    "each setting)."
)
READY = "ready"
NOT_WRITABLE = "cannot be written now"
NOT_CONNECTED = "not connected"
# To whoever asked, too.
DATABASE_AWAY = "The database cannot be reached at the moment; please try again in a minute."
DATABASE_SLOW = "The database takes too long at the moment; please try again in a minute."
ANSWERED_AS_LAST_SEEN = "The database is away; this is the shelf as it was last seen."
VERSION_LOST = " · lost by the database at a failover, kept on one machine"
AS_LAST_SEEN = (
    "The database in SUMMITQA_DATABASE_URL cannot be reached now, or does not let us in; the shelf "
    "is as it was when {home} last saw it."
)
_HOME_OWN = (
    "{home} is a data folder of its own, and no mirror of the database in SUMMITQA_DATABASE_URL"
)
HOMES = {
    "taken": (
        f"{_HOME_OWN}, which has no shelves yet: the next start takes over what it holds (make a "
        "backup before, without SUMMITQA_DATABASE_URL)"
    ),
    "refused": (
        f"{_HOME_OWN}, which has other shelves: nothing starts from it; let SUMMITQA_HOME name an "
        "empty folder to serve the database, or leave SUMMITQA_DATABASE_URL unset to serve the "
        "folder"
    ),
    "unknown": _HOME_OWN,
}
READS_ANOTHER = (
    "the one in SUMMITQA_DATABASE_READ_URL is no standby of the one in SUMMITQA_DATABASE_URL: it "
    "holds another installation, or none"
)
READ_REFUSED = (
    "SUMMITQA_DATABASE_READ_URL is malformed, but expects a URL such as "
    "postgresql://user:password@host/name."
)
STATE_REFUSED = (
    "{file} cannot be taken into the database of SUMMITQA_DATABASE_URL ({reason}); stop whatever "
    "else uses it, and start again."
)
STATE_UNFIT = (
    "{file} cannot be taken into the database of SUMMITQA_DATABASE_URL: {reason}. Put a copy that "
    "is whole in its place, or move it away to begin without what it remembers, and start again."
)
STATE_LEFT = (
    "what people asked before stays in {files} of {home}, which the database of "
    "SUMMITQA_DATABASE_URL has not taken over: neither `summitqa forget` nor "
    "SUMMITQA_RETENTION_DAYS reaches it there. Bring it along by `summitqa backup` and `restore` "
    "(docs/upgrading.md), or remove it"
)
