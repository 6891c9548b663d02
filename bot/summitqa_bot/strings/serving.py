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
AS_LAST_SEEN = (
    "The database in SUMMITQA_DATABASE_URL cannot be reached now, or does not let us in; the shelf "
    "is as it was when {home} last saw it."
)
STATE_REFUSED = (
    "{file} cannot be taken into the database of SUMMITQA_DATABASE_URL ({reason}); stop whatever "
    "else uses it, and start again."
)
STATE_LEFT = (
    "what people asked before stays in {files} of {home}, which the database of "
    "SUMMITQA_DATABASE_URL has not taken over: neither `summitqa forget` nor "
    "SUMMITQA_RETENTION_DAYS reaches it there. Bring it along by `summitqa backup` and `restore` "
    "(docs/upgrading.md), or remove it"
)
