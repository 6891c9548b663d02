"""What is said on Slack alone, of shelves and their files."""

ARTICLES_HELP = (
    "/articles takes: list · add · add https://… · show ARTICLE · replace ARTICLE · "
    "rename ARTICLE [TITLE] · remove ARTICLE · history. All but list are for admins. On any "
    "message: More actions, Add to the shelf."
)
HELP = (
    "/summitqa takes: status · channel [ARTICLE …] · unanswered · feedback · report · versions · "
    "rollback · verify · forget · settings · admins add|remove @user · house on|off · editors "
    "#channel [@helper] | off · weekly #channel | off · rules answers on|off · rules unasked "
    "on|off. With --house, status, versions, rollback and verify are about the shelf that every "
    "community sees."
)
NOT_PICKED = (
    "Pick people and channels from the list that Slack shows at @ and #. If that is what you did, "
    "the app is older than this: whoever looks after it pastes "
    "bot/summitqa_bot/slack/manifest.yaml under App Manifest."
)
SCOPE_LACKED = (
    "I may not do that here, for the app lacks the scope {scopes}: whoever looks after it pastes "
    "bot/summitqa_bot/slack/manifest.yaml under App Manifest, then reinstalls the app."
)
FILE_ELSEWHERE = (
    "{name} is not kept at Slack, but only a link to it; give the link, or the file itself."
)
FILE_GONE = "{name} has been deleted at Slack, or is hidden by the limits of its plan."
FILE_UNSEEN = (
    "Slack does not let me read that file ({reason}); where it is in a private channel, let me in "
    "with /invite first."
)
FORM_FAILED = "The form could not be opened ({reason}); please try again."
FORM_TAKES_FILE = "It takes a file, for which the app needs the scope files:read."
NOT_WRITTEN = "I may not write there yet; somebody in that channel can let me in with /invite."
A_CHANNEL = "a channel"
A_FILE = "The file"
"""The name of a file that has none."""
FILE_FOR_YOU = "Here is {name}."
FILE_NOT_GIVEN = "{name} could not be given to you ({reason}); please try again."
