"""The manifest asks for exactly what the code listens to and calls."""

import ast
import re
from pathlib import Path

import pytest
import yaml
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_desk import FakeDesk
from slack_rig import signed, slack_settings
from slack_server import SlackServer

from summitqa_bot import strings
from summitqa_bot.slack import app as slack_app
from summitqa_bot.slack.listen import REDIRECT
from summitqa_bot.strings import slack as on_slack

BOT = Path(slack_app.__file__).parent
MANIFEST = yaml.safe_load((BOT / "manifest.yaml").read_text("utf-8"))

# docs.slack.dev, reference of each method and event: the bot scope it needs.
METHOD_SCOPES = {
    "auth_test": None,
    "apps_connections_open": None,  # the app token's connections:write
    "chat_postMessage": "chat:write",
    "chat_postEphemeral": "chat:write",
    "chat_update": "chat:write",
    "conversations_history": "channels:history",
    "conversations_replies": "channels:history",
    "files_info": "files:read",
    "files_upload_v2": "files:write",
    "users_info": "users:read",
    "views_open": None,
    "views_publish": None,
    "assistant_threads_setStatus": "assistant:write",
    "assistant_threads_setSuggestedPrompts": "assistant:write",
}
EVENT_SCOPES = {
    "app_uninstalled": None,
    "tokens_revoked": None,
    "app_home_opened": None,
    "app_mention": "app_mentions:read",
    "assistant_thread_started": "assistant:write",
    "assistant_thread_context_changed": "assistant:write",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
}
# What one registration of the code covers in the manifest's words.
LISTENED = {
    "app_uninstalled": {"app_uninstalled"},
    "tokens_revoked": {"tokens_revoked"},
    "app_mention": {"app_mention"},
    "app_home_opened": {"app_home_opened"},
    "message": {"message.channels", "message.groups", "message.im"},
    "thread_started": {"assistant_thread_started"},
    "thread_context_changed": {"assistant_thread_context_changed"},
    "user_message": {"message.im"},
}


# What Slack sends only to apps that were made with the assistant view, which no new app can have.
OLDER = {"assistant_thread_started", "assistant_thread_context_changed"}


def calls():
    """All (receiver, method, first argument) called in the Slack modules."""
    for path in sorted(BOT.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                first = node.args[0] if node.args else None
                receiver = ast.unparse(node.func.value).rpartition(".")[2]
                yield (
                    receiver,
                    node.func.attr,
                    first.value if isinstance(first, ast.Constant) else None,
                )


CALLS = list(calls())


def registered(kind):
    return {name for receiver, method, name in CALLS if (receiver, method) == ("app", kind)}


def test_the_commands_are_those_of_the_code():
    declared = MANIFEST["features"]["slash_commands"]
    assert {one["command"] for one in declared} == registered("command")
    # Only what names people and channels has to tell which.
    assert [one["command"] for one in declared if one["should_escape"]] == ["/summitqa"]


def test_the_shortcuts_are_those_of_the_code():
    declared = MANIFEST["features"]["shortcuts"]
    assert {one["callback_id"] for one in declared} == registered("shortcut")
    assert all(one["type"] == "message" for one in declared)
    assert "Find in the article" in strings.SLACK_HOME_HOW
    assert "Add to the shelf" in {one["name"] for one in declared}
    assert "Add to the shelf" in on_slack.ARTICLES_HELP


def test_the_events_are_those_of_the_code():
    names = registered("event") | {method for receiver, method, _ in CALLS if receiver == "pane"}
    heard = set().union(*(LISTENED[name] for name in names))
    assert set(MANIFEST["settings"]["event_subscriptions"]["bot_events"]) == heard - OLDER


def test_the_scopes_are_those_that_its_calls_and_events_need():
    methods = {method for receiver, method, _ in CALLS if receiver in {"client", "_client"}}
    used = methods & set(METHOD_SCOPES)
    assert used == set(METHOD_SCOPES)
    api = {
        method for method in methods if method.split("_")[0] in {"chat", "files", "users", "views"}
    }
    assert api <= set(METHOD_SCOPES), "a method without a known scope"
    needed = {METHOD_SCOPES[method] for method in used}
    needed |= {
        EVENT_SCOPES[one] for one in MANIFEST["settings"]["event_subscriptions"]["bot_events"]
    }
    needed = (needed | {"commands"}) - {None}
    assert set(MANIFEST["oauth_config"]["scopes"]["bot"]) == needed == slack_app.SCOPES


def test_the_surfaces_that_the_code_uses_are_switched_on():
    features, options = MANIFEST["features"], MANIFEST["settings"]
    assert features["app_home"]["home_tab_enabled"]
    assert features["app_home"]["messages_tab_enabled"]
    assert not features["app_home"]["messages_tab_read_only_enabled"]
    assert "assistant_view" not in features
    assert features["agent_view"]["agent_description"]
    assert options["interactivity"]["is_enabled"]
    assert options["socket_mode_enabled"]


def test_the_redirect_url_that_many_workspaces_need_is_the_pages():
    text = (BOT / "manifest.yaml").read_text("utf-8")
    many = yaml.safe_load(re.sub(r"^  # (redirect_urls:|  - )", r"  \1", text, flags=re.MULTILINE))
    urls = many["oauth_config"].pop("redirect_urls")
    assert many == MANIFEST
    assert urls == [f"https://YOUR-HOST{REDIRECT}"]


def test_the_lengths_are_those_that_slack_takes():
    about = MANIFEST["display_information"]
    assert len(about["name"]) <= 35
    assert len(about["description"]) <= 140
    assert 174 <= len(about["long_description"]) <= 4000
    assert len(MANIFEST["features"]["agent_view"]["agent_description"]) <= 300
    for one in MANIFEST["features"]["slash_commands"]:
        assert len(one["command"]) <= 32
        assert len(one["description"]) <= 2000
    for one in MANIFEST["features"]["shortcuts"]:
        assert len(one["name"]) <= 24
        assert len(one["description"]) <= 150


@pytest.mark.parametrize("name", sorted(registered("command")))
async def test_each_command_is_really_listened_to(name):
    async with SlackServer() as server:
        app = slack_app.build(slack_settings(server), FakeDesk())
        body = {"command": name, "text": "", "user_id": "U1", "channel_id": "C1", "team_id": "T1"}
        raw, headers = signed(body | {"trigger_id": "t1"})
        response = await app.async_dispatch(AsyncBoltRequest(body=raw, headers=headers))
        assert response.status == 200
        await server.until(lambda: server.sent("chat.postEphemeral", "chat.postMessage"))
