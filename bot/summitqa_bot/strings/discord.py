"""What Discord lists of the commands by which a shelf is filled and looked after."""

COMMANDS = {
    "articles": "Fill and mend this community’s shelf (admins)",
    "add": "Put a file, a page or a text on the shelf; alone, it opens a form",
    "list": "Name the articles of this shelf",
    "show": "Tell of one article: where it came from, when, how it begins",
    "replace": "Put a newer file, page or text in place of an article",
    "rename": "Give an article another title",
    "remove": "Take an article off the shelf",
    "history": "Tell what was changed on this shelf lately",
    "contents": "Name the articles that may be asked about here",
    "add message": "Add to the shelf",
    "versions": "List the versions that are kept, each to go back to",
    "rollback": "Go back to the version before the one in use",
    "verify": "Check the version in use, file by file",
    "forget": "Erase this shelf and all that was asked here",
    "report": "Sum up the last 7 days, with a file of all questions",
    "settings": "Tell what is chosen for this shelf and this channel",
    "admins": "Choose who looks after this shelf, beside those who manage the server",
    "admins add": "Have somebody, or whoever has a role, look after this shelf",
    "admins remove": "Have somebody, or whoever has a role, look after it no more",
    "house": "Choose whether the articles for every community are asked beside your own",
    "editors": "Choose the channel that what is not found is handed to",
    "weekly": "Choose the channel that the weekly report goes to",
    "rules": "Choose how questions in this channel are answered",
}
OPTIONS = {
    "file": "A file: txt, md, html, pdf or docx",
    "url": "A page to read, such as https://host/page",
    "title": "What it is to be called, where the file does not say",
    "date": "The day it was published, such as 2025-08-16",
    "link": "A link to the original, for its citations",
    "credit": "Author or source",
    "article": "Which article",
    "house": "The shelf that every community sees, for its admins",
    "who": "A person or a role",
    "shown": "Whether they are asked, too",
    "editors channel": "The channel; leave it out to hand it to nobody",
    "helper": "Whom to call there: a person or a role",
    "weekly channel": "The channel; leave it out for no report",
    "answers": "Whether answers are for all to see; else for the asker alone",
    "unasked": "Whether new posts that nobody put to the bot are answered, where that is sure",
    "new title": "What it is to be called from now on; empty for what the file says",
}
NOT_WRITTEN = "I may not write there yet; let me see that channel and send messages in it."
SHARDS_ALONE = (
    "SUMMITQA_DISCORD_SHARDS is set, but expects SUMMITQA_DATABASE_URL to name a PostgreSQL by "
    "which replicas share them; leave it out where one process serves all of Discord."
)
SHARDS_HOMELESS = (
    "SUMMITQA_DISCORD_HOME is not set, but where SUMMITQA_DISCORD_SHARDS is, expects the id of the "
    "server whose managers are admins: no replica sees all servers."
)
