"""Every sentence people read in chat, in one place so that they can be translated."""

# What is counted: of one, of any other number
ANSWERS = ("answer", "answers")
ARTICLES = ("article", "articles")
DAYS = ("day", "days")
HOURS = ("hour", "hours")
LOST_QUESTIONS = ("question would lose its answer", "questions would lose their answer")
PASSAGES = ("passage", "passages")
SENTENCES = ("sentence", "sentences")
SERVERS = ("server", "servers")
THUMBS = ("thumb", "thumbs")

# The desk
BANDS = {
    "strong": "Strong match",
    "likely": "Likely match",
    "weak": "The closest passage, it may not answer this",
}
MATCH = "{band} ({percent} %)"
QUESTION_NOTE = "“{question}”"
ANSWER_NOTE = "{match} · “{question}”"
GAP = "[…]"
MORE_CHANGES = "… and {count} more"
SAME_WORDS = "the same words, other spaces or lines"
CITATION = "[{number}] {place}{date}"
PLACE = "{title}{heading}, ¶{paragraph}{page}"
PLACE_HEADING = " › {heading}"
PLACE_PAGE = ", p. {page}"
CHANGED_SINCE = "The passage quoted here has since changed."
CHANGED_SOME = "Of the passages quoted here, these have since changed: {which}."
REMOVED_SINCE = "The article quoted here is no longer on the shelf."
REMOVED_SOME = "Of the articles quoted here, these are no longer on the shelf: {which}."
NOT_FOUND_IN = "“{title}” does not answer that."
NOT_FOUND_AMONG = "None of these answers that: {titles}."
NOT_FOUND = "The articles do not answer that."
OTHER_LANGUAGE = "I understand questions in English only; please ask that in English."
NOT_FOUND_NOTE = "“{question}” · The question is kept for the admins’ report."
HANDED_ON_NOTE = "“{question}” · People are asked now; what they answer is told here."
HELP = (
    "Ask me about {about}, in words of your own: I answer with sentences from there, and say so "
    "where there is no answer."
)
HELP_ARTICLE = "“{title}”"
HELP_ARTICLES = "any of {articles}"
HELP_EXAMPLES = " For instance: {examples}"
HELP_NOTE = (
    "To reach an admin of mine, write to whoever manages this server or workspace. Press 👎 below "
    "an answer that does not help: they will see it."
)
WELCOME = "You are welcome."
NEAREST = "No answer, only the nearest passages:"
PASSAGES_OF = "Passages that speak of this:"
NO_MORE = "There are no more passages."
CONTEXT = "The paragraphs around it:"
CONTEXT_CHANGED = "That passage has changed since; this is what it said:"
CONTEXT_GONE = "That article is no longer on the shelf; this is what it said:"
GONE = "That answer is no longer kept; please ask again."
PRIVATE_TO_ASKER = "Only the person who asked can do that."
UNKNOWN_BUTTON = "That button is not one of mine."
THANKS = "Thank you, noted."
SHARED = "Shared with the channel."
NOT_SHARED = "It could not be shared: I may not write in this channel."
PUBLIC_ALREADY = "That answer is there for all to see already."
TOO_FAST = "That was a lot of questions at once; please wait {seconds} s."
TOO_FAST_CHANNEL = "This channel has asked a lot at once; please wait {seconds} s."
TOO_MANY_TODAY = (
    "As many questions were asked here as may be in a day; please ask again in {hours}."
)
TOO_BUSY = "Too many questions are waiting; please ask again in a moment."
TROUBLE = "Something went wrong on our side. Ask again; if it stays, tell an admin error {id}."
STOPPING = "I am being restarted and could not finish; please ask again in a minute."
ADMINS_ONLY = "That is for admins of this bot alone."
SHELF_CHOSEN = (
    "From now on, when you write to me directly, you ask the articles of “{name}”, as long as you "
    "are a member there."
)
SHELF_OWN = (
    "From now on, when you write to me directly, you ask only your own articles and those that "
    "everybody may ask."
)
NO_CHANNEL = "There is no channel here to set an article for."
CHANNEL_SET = "Questions in this channel are now about {titles} unless another article is named."
CHANNEL_TOO_MANY = "A channel is about {most} articles at most, but {count} are named."
CHANNEL_CLEARED = "Questions in this channel are about all articles again."
SOMEBODY = {"discord": "an admin on Discord", "slack": "an admin on Slack"}
REINDEX_BUSY = "A reindex is running already, begun {when} by {who}; try again when it is done."
REINDEX_STARTED = "Reindexing…"
REINDEX_PHASES = {
    "model": "Preparing the model (once)",
    "reading": "Reading the sources",
    "embedding": "Embedding passages",
    "checking": "Checking the new index",
}
REINDEX_PROGRESS = "{phase}: {done} of {total}{left}"
REINDEX_LEFT = ", about {seconds} s left"
REINDEX_DONE = (
    "Reindexed in {seconds} s: {added} added, {changed} changed, {removed} removed, "
    "{unchanged} unchanged."
)
REINDEX_NOTE = "Version {version} · {reused} reused, {embedded} embedded"
REINDEX_UNCHANGED = "Reindexed in {seconds} s: {articles} unchanged."
REINDEX_STAYS = "Version {version} stays in use"
REINDEX_SKIPPED = "Skipped {count}: {first}"
REINDEX_AMISS = "Read, but something is amiss in {count}: {first}"
REINDEX_LOST = (
    "The new index was kept aside, and the one in use stays: it would lose the answer to {count} "
    "of the questions beside the sources: {first}{more}."
)
REINDEX_LOST_MORE = "; and {count} more"
REINDEX_REJECTED = (
    "The sources say what version {version} says, which was rolled back from; the one in use stays."
)
REINDEX_FORCE = "/reindex force switches to what the sources say all the same"
SWITCHED = "Version {version} is now in use."
REINDEX_CANCELLED = "Cancelling…"
REINDEX_INTERRUPTED = (
    "This reindex was cut short by a restart; what was in use before is in use still."
)
REINDEX_NONE = "No reindex is running."
VERSION = "{version} · built {built_at} · {articles}{state}{differs}"
VERSION_DIFFERS = {
    "added": "added {slugs}",
    "changed": "changed {slugs}",
    "renamed": "renamed {slugs}",
    "removed": "removed {slugs}",
}
VERSION_SAME = "the same articles, read again"
VERSION_MORE = " and {count} more"
VERSION_USED = " · in use"
VERSION_ASIDE = " · kept aside, for it lost answers"
BUTTON_TO = "Switch to {version}"
VERIFIED = "The version in use is whole."
DAMAGED = "Damaged: {files}. Go back to the version before, or reindex."
NOT_FROM_HERE = (
    "The shelf {shelf} is filled from chat, by /articles add; without sources `summitqa index` "
    "reads again what stands on it."
)
SHELF_EMPTY = "Nothing stands on the shelf {shelf} in {home}; a community fills its own from chat."
STATUS_EMPTY = "Nothing has been put on this shelf yet."
STATUS = "{articles}, {passages}, {sentences}; built {built_at} with {model}."
STATUS_READ_OTHERWISE = (
    "Its articles were read by another version of SummitQA, in another way; run `summitqa index` "
    "(in chat: /reindex) to have them read anew."
)
STATUS_NOTE = "Version {version} · {megabytes} MB"
FORGET_ASKED = (
    "This erases this shelf and all that was asked and answered here, for good. "
    "The log of who did what stays until it is too old."
)
FORGET_DONE = "Erased: the shelf, and {answers} with their questions."
BUTTON_FORGET = "Erase everything"
UNANSWERED_NONE = "Every question of the last 7 days was answered."
UNANSWERED = "Not answered in the last 7 days:"
FEEDBACK = "{good} found their answer helpful, {bad} did not."
BUTTON_CONTEXT = "Show context"
BUTTON_MORE = "More passages"
BUTTON_SHARE = "Share with channel"
BUTTON_GOOD = "👍 Helpful"
BUTTON_BAD = "👎 Not helpful"
BUTTON_NEAREST = "Show the nearest passages"
BUTTON_CANCEL = "Cancel"
BUTTON_SWITCH = "Switch anyway"
BUTTON_AGAIN = "Ask again"
EXAMPLE = "What is said about {topic}?"
EXAMPLE_IN = "What does “{title}” say about {topic}?"
FORM_REASON = "What was wrong? (optional)"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

# Slack
SLACK_CANNOT_WRITE = (
    "Only you can see this, for I may not write in that channel ({reason}). "
    "Somebody in it can let me in with /invite."
)
SLACK_PROGRESS_ELSEWHERE = "Reindexing; the progress is in your direct messages with me."
SLACK_EMPTY = "Nothing to show."
SLACK_MORE_CARDS = "{count} more not shown."
SLACK_FORM_TITLE = "One more thing"
SLACK_FORM_SEND = "Send"
SLACK_FORM_CANCEL = "Cancel"
SLACK_ASK_TITLE = "Ask a question"
SLACK_ASK_BUTTON = "Ask a question"
SLACK_ASK_SEND = "Ask"
SLACK_ASK_QUESTION = "Your question"
SLACK_ASK_ARTICLE = "In which article? Leave empty for all."
SLACK_ASK_CHOOSE = "Type part of a title"
SLACK_HOME_HEADER = "Ask about the articles"
SLACK_HOME_HOW = (
    "/ask QUESTION answers in the channel. /ask --private QUESTION answers you alone. "
    "/ask in:ARTICLE QUESTION looks in one article. Mention me in a channel, or write to me here; "
    "in a thread I have answered in, just go on asking. On any message: More actions, "
    "Find in the article."
)
SLACK_HOME_ARTICLES = "Articles"
SLACK_HOME_NONE = "No article has been indexed yet."
SLACK_HOME_MORE = "and more"
SLACK_VIEWS = {
    "agent_view": "agent_view: people write to the app in its Messages tab",
    "assistant_view": (
        "assistant_view, the older of the two: it goes on working here, but Slack means to end it. "
        "To move, put agent_view in its place under App Manifest, which cannot be undone."
    ),
    None: (
        "agent_view or assistant_view, the older: both work. Slack shows which only on the app's "
        "page, App Manifest; here it is known once somebody has written to the app directly"
    ),
}
SLACK_PANE_TITLE = "Ask about the articles, or start with one of these:"
SLACK_PANE_STATUS = "is looking through the articles…"
SLACK_BOT_REFUSED = (
    "SLACK_BOT_TOKEN is refused by Slack ({reason}), but expects the Bot User OAuth Token of an "
    "installed app: copy it again from OAuth & Permissions."
)
SLACK_APP_REFUSED = (
    "SLACK_APP_TOKEN is refused by Slack ({reason}), but expects an app-level token with the scope "
    "connections:write, made under Basic Information, with Socket Mode switched on."
)
SLACK_UNREACHABLE = "Slack cannot be reached at {url} ({reason}); check the network."
SLACK_UNREACHABLE_ELSEWHERE = (
    "SUMMITQA_SLACK_API_URL is {url}, but Slack cannot be reached there ({reason}); check it and "
    "the network."
)
SLACK_MISSING_SCOPE = (
    "SLACK_BOT_TOKEN lacks the scope {scopes}: paste bot/summitqa_bot/slack/manifest.yaml "
    "under App Manifest, then reinstall the app."
)
SLACK_WORKSPACES_EXTRA = (
    "SLACK_CLIENT_ID is set, but what many workspaces take is not installed: "
    ".venv/bin/pip install -e '.[workspaces]' in the checkout installs it."
)
SLACK_NOT_INSTALLED = (
    "I am not installed in this workspace, or no longer: an admin can install me anew."
)
SLACK_SEALED_OTHERWISE = (
    "SUMMITQA_TOKEN_KEY does not open the Slack tokens that are kept in the database, but expects "
    "the key they were sealed with; it may stand behind a new one, set apart by a comma."
)
SLACK_INSTALLED = "Installed in {team}. Mention me there, write to me, or type /ask QUESTION."
SLACK_NOT_DONE = "Nothing was installed."
SLACK_INSTALL_REFUSALS = {
    "access_denied": "Slack says that it was not allowed.",
    "invalid_browser": "This browser has not begun an installation here: begin at {path}.",
    "invalid_state": "This link was used before, or is older than 10 minutes: begin at {path}.",
    "missing_code": "Slack's code is missing in the address: begin at {path}.",
    "invalid_code": "Slack did not confirm it: begin at {path}.",
    "organization": "I can be installed in a workspace, but not in a whole organization.",
}
SLACK_INSTALL_REFUSED = "Slack says {reason}: begin at {path}."

# Discord
DISCORD_QUESTION = "Question"
DISCORD_NOTHING = "Nothing to show."
DISCORD_MORE = "{count} more not shown."
DISCORD_CANNOT_WRITE = "I may not write in {place}, so here is your answer."
DISCORD_THAT_CHANNEL = "that channel"
DISCORD_ONLY_MINE = "Only mine"
DISCORD_NO_MEMBER = "As far as Discord tells, you and I share no such server; choose a listed one."
DISCORD_WELCOME = (
    "Ask me with /ask; whoever manages this server can put texts on its shelf with /articles add."
)
DISCORD_FORM_TITLE = "One more thing"
DISCORD_ANSWERED_PRIVATELY = "The answer is for the asker alone."
DISCORD_SHARING = "Sharing it with the channel…"
DISCORD_UNKNOWN_COMMAND = (
    "I no longer know that command. Discord shows the present ones after a reload."
)
DISCORD_COMMANDS = {
    "ask": "Ask a question about the articles",
    "find": "Find in the article",
    "shelf": "Choose whose articles you ask when you write to me directly",
    "reindex": "Rebuild the index from the sources (admins)",
    "summitqa": "Look after the question-answering bot (admins)",
    "status": "Tell what is indexed",
    "channel": "Choose the articles that questions in this channel are about",
    "unanswered": "List the questions of the last 7 days that nothing answered",
    "feedback": "Sum up the thumbs and the reasons given",
}
DISCORD_OPTIONS = {
    "question": "What you want to know",
    "article": "Ask about this article alone",
    "server": "A server in which you have asked, or only your own",
    "private": "Show the answer to you alone",
    "force": "Build though nothing has changed, and switch though answers are lost",
    "default": "An article; leave all out to ask about every article again",
    "further": "A further article",
}
DISCORD_REFUSED = (
    "DISCORD_TOKEN is refused by Discord, but expects the token of a bot: in the Developer Portal "
    "open the application, then Bot, then Reset Token, and copy the new one."
)
DISCORD_BAD_INTENTS = (
    "DISCORD_TOKEN belongs to a bot that Discord refuses the asked intents; in the Developer "
    "Portal open the application, then Bot, and save Privileged Gateway Intents (none is needed, "
    "but Message Content where SUMMITQA_DISCORD_CONTENT is 1)."
)
DISCORD_NO_SYNC = (
    "the commands could not be registered with Discord (%s); mentions and direct messages are "
    "answered meanwhile, a restart tries again"
)
DISCORD_UNREACHABLE = "Discord cannot be reached at {url} ({reason}); check the network."
