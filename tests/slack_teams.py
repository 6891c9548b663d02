"""Two workspaces on the stand-in for Slack, each with a token of its own, and the bot for both."""

import asyncio
import contextlib
import itertools
import json
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from aiohttp import web
from slack_desk import FakeDesk
from slack_rig import command, event, free_port, signed, slack_settings
from slack_server import SlackServer, _arguments

from summitqa_bot.slack import pace
from summitqa_bot.slack.app import run

for module in ("aiosqlite", "cryptography", "greenlet"):
    pytest.importorskip(module, reason="needs the dev extra's `workspaces`")

CLIENT, CLIENT_SECRET = "1234.5678", "a-client-secret-of-slack"
KEY, OLD_KEY = "A" * 42 + "E=", "B" * 42 + "E="
RED, BLUE = "T000000RED", "T00000BLUE"
BOTS = {RED: "UREDBOT01", BLUE: "UBLUEBOT1"}


class Teams(SlackServer):
    """Slack with several workspaces: a code stands for one, and so does each token it gave."""

    def __init__(self):
        super().__init__()
        self.codes, self.tokens, self.called = {}, {}, []
        self.lives, self.refused_refresh = None, False
        self._token = None
        self._count = itertools.count(1)

    async def _api(self, request):
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        self._token = token
        method = request.match_info["method"]
        self.called.append((method, token, await _arguments(request)))
        if token in self.tokens and self.tokens[token] is None:
            return web.json_response({"ok": False, "error": "account_inactive"})
        return await super()._api(request)

    def _reply(self, method, args):
        if method == "oauth.v2.access":
            return self._access(args)
        team = self.tokens.get(self._token)
        if method == "auth.test" and team:
            return {"ok": True, "team_id": team, "user_id": BOTS[team], "bot_id": f"B{team}"}
        body = super()._reply(method, args)
        if method == "users.info" and team and "user" in body:
            body["user"]["team_id"] = self.users[args["user"]].get("team_id", team)
        return body

    def _access(self, args):
        if args.get("grant_type") == "refresh_token":
            team = self.tokens.get(args["refresh_token"])
            if team is None or self.refused_refresh:
                return {"ok": False, "error": "invalid_refresh_token"}
            self.tokens[args["refresh_token"]] = None
        else:
            team = self.codes.pop(args["code"], None)
        if team is None:
            return {"ok": False, "error": "invalid_code"}
        token = f"xoxb-{next(self._count)}-{team}-secret"
        body = {
            "ok": True,
            "app_id": "A1",
            "token_type": "bot",
            "scope": "chat:write",
            "bot_user_id": BOTS[team],
            "team": {"id": team, "name": f"<{team}>"},
            "enterprise": None,
            "authed_user": {"id": "UINSTALLER"},
            "is_enterprise_install": False,
        }
        if self.lives is not None:
            token = f"xoxe.{token}-{'x' * 120}"
            refresh = f"xoxe-1-{next(self._count)}-{team}-{'y' * 150}"
            self.tokens[refresh] = team
            body |= {"refresh_token": refresh, "expires_in": self.lives}
        self.tokens[token] = team
        return body | {"access_token": token}

    def by(self, *methods):
        """(token, arguments) of each call of these methods."""
        return [(token, args) for method, token, args in self.called if method in methods]

    def token_of(self, team):
        """The last access token given out for a team."""
        return [token for token, of in self.tokens.items() if of == team and "xoxb" in token][-1]


class Bot:
    """The bot in this process over HTTP, with what a browser and Slack send to it."""

    def __init__(self, slack, desk, home, **changes):
        values = {
            "home": home,
            "slack_bot_token": None,
            "slack_client_id": CLIENT,
            "slack_client_secret": CLIENT_SECRET,
            "token_key": KEY,
            "slack_mode": "http",
            "slack_port": free_port(),
        }
        self.slack, self.desk = slack, desk
        self.settings = slack_settings(slack, **(values | changes))
        self.url = f"http://127.0.0.1:{self.settings.slack_port}"

    async def __aenter__(self):
        self._task = asyncio.create_task(run(self.settings, self.desk))
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        async with asyncio.timeout(10):
            while not self._task.done():
                with contextlib.suppress(aiohttp.ClientError):
                    async with self._session.get(f"{self.url}/healthz"):
                        return self
                await asyncio.sleep(0.02)
        await self._session.close()
        await self._task
        raise AssertionError("the bot ended")

    async def __aexit__(self, *_):
        await self._session.close()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def get(self, path, cookie=None, **query):
        """The status, text and headers of a page."""
        headers = {"Cookie": cookie} if cookie else {}
        asked = self._session.get(
            self.url + path, params=query, headers=headers, allow_redirects=False
        )
        async with asked as response:
            return response.status, await response.text(), response.headers

    async def begin(self):
        """The state that an installation begins with, and its browser's cookie."""
        status, _, headers = await self.get("/slack/install")
        assert status == 302
        query = parse_qs(urlsplit(headers["Location"]).query)
        assert query["client_id"] == [CLIENT]
        return query["state"][0], headers["Set-Cookie"].partition(";")[0]

    async def install(self, team):
        """Install the app in a team, as its admin's browser does."""
        state, cookie = await self.begin()
        self.slack.codes["code"] = team
        return await self.get("/slack/oauth_redirect", cookie, code="code", state=state)

    async def send(self, body):
        """Send what Slack sends, and give the status and text of the answer."""
        raw, headers = signed(body)
        asked = self._session.post(f"{self.url}/slack/events", data=raw, headers=headers)
        async with asked as response:
            return response.status, await response.text()

    async def settle(self, done):
        async with asyncio.timeout(10):
            while not done():  # noqa: ASYNC110
                await asyncio.sleep(0.01)


@pytest.fixture
async def teams(monkeypatch):
    """Slack with the two workspaces, in haste."""
    monkeypatch.setattr(pace, "SECONDS", 0.01)
    async with Teams() as server:
        yield server


@pytest.fixture
def desk():
    """What both are answered by."""
    return FakeDesk()


@pytest.fixture
async def bot(teams, desk, tmp_path):
    """The bot that they may install."""
    async with Bot(teams, desk, tmp_path) as one:
        yield one


def in_team(team, body):
    """An event as Slack sends it to the app of a team."""
    body = json.loads(json.dumps(body).replace("UBOT00001", BOTS[team]))
    allowed = {"team_id": team, "user_id": BOTS[team], "is_bot": True, "enterprise_id": None}
    return body | {"team_id": team, "authorizations": [allowed]}


def slash(slack, team, **more):
    return command(slack, team_id=team, **more)


def gone(team, kind="app_uninstalled", **more):
    body = event({"type": kind} | more)
    return body | {"team_id": team, "event_time": body.get("event_time") or 4_000_000_000}
