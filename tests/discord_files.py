"""Files on a stand-in for Discord: handed in by people, fetched and sent by the bot."""

import json
from typing import Any

from aiohttp import web

Json = dict[str, Any]


async def body_of(request: web.Request) -> Json:
    """Give a request's body; where files come with it, their text by name under ``files``."""
    if request.content_type != "multipart/form-data":
        text = await request.text()
        return json.loads(text) if text else {}
    form = await request.post()
    body = json.loads(str(form["payload_json"]))
    files = [one for one in form.values() if isinstance(one, web.FileField)]
    body["files"] = {one.filename: one.file.read().decode() for one in files}
    for one in body.get("attachments", ()):
        one.update(id=str(one["id"]), size=0, url="", proxy_url="")
    return body


class Uploads:
    """What people have uploaded, and what is fetched of it."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}
        self.fetched: list[str] = []

    def keep(self, number: str, url: str, name: str, content: bytes) -> Json:
        """Keep a file; give it as Discord describes an attachment."""
        self.held[number] = content
        address = f"{url}/cdn/{number}/{name}"
        known = {"id": number, "filename": name, "size": len(content)}
        return {**known, "url": address, "proxy_url": address, "content_type": "text/plain"}

    async def serve(self, request: web.Request) -> web.Response:
        """Give a file, once it is asked for."""
        number = request.match_info["number"]
        self.fetched.append(number)
        if number not in self.held:
            return web.Response(status=404)
        return web.Response(body=self.held[number])


def filled(modal: Json, values: Json, uploads: Json) -> Json:
    """Fill a form in: give what Discord sends of it, ``uploads`` being attachments by field."""
    labels = []
    for label in modal["components"]:
        entry = label["component"]
        name = entry["custom_id"]
        given: Json = {"type": entry["type"], "custom_id": name}
        if entry["type"] == 19:
            given["values"] = [uploads[name]["id"]] if name in uploads else []
        else:
            given["value"] = values.get(name, entry.get("value") or "")
        labels.append({"type": 18, "component": given})
    resolved = {"attachments": {one["id"]: one for one in uploads.values()}}
    more = {"resolved": resolved} if uploads else {}
    return {"custom_id": modal["custom_id"], "components": labels, **more}


def as_json(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    # Discord's own type has no charset, and discord.py reads no other as JSON.
    return web.Response(
        body=json.dumps(body).encode(),
        status=status,
        headers={"Content-Type": "application/json", **(headers or {})},
    )


def as_error(status: int, code: int, message: str) -> web.Response:
    return as_json({"code": code, "message": message}, status=status)
