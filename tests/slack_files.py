"""The files of the stand-in for Slack: looked up, downloaded, and uploaded in three steps."""

import itertools

from aiohttp import web


class SlackFiles:
    """Files by their ids, what was asked of each, and what the bot has uploaded where."""

    def __init__(self, server):
        self._server = server
        self._numbers = itertools.count(1)
        self.known, self.contents = {}, {}
        self.downloads, self.answers = [], {}
        self.uploaded, self.shared = {}, []

    def add_routes(self, app):
        app.router.add_get("/files/{id}", self._download)
        app.router.add_get("/elsewhere/{id}", self._download)
        app.router.add_post("/upload/{id}", self._upload)

    def put(self, name, content, **more):
        """Have a file; give what a message or a form says of it."""
        file = f"F{next(self._numbers):08d}"
        raw = content.encode() if isinstance(content, str) else content
        self.contents[file] = raw
        self.known[file] = {
            "id": file,
            "name": name,
            "mode": "hosted",
            "mimetype": "text/plain",
            "size": len(raw),
            "is_external": False,
            "url_private_download": self.url(file),
        } | more
        return {"id": file, "name": name}

    def url(self, file, host="127.0.0.1", folder="files"):
        return f"http://{host}:{self._server.port}/{folder}/{file}"

    def answer(self, file, status=200, text="", **headers):
        """Have the downloads of a file answered otherwise."""
        self.answers[file["id"]] = (status, text, headers)

    def reply(self, method, args):
        if method == "files.info":
            known = self.known.get(args["file"])
            if known is None:
                return {"ok": False, "error": "file_not_found"}
            return {"ok": True, "file": known}
        if method == "files.getUploadURLExternal":
            file = f"FUP{next(self._numbers)}"
            self.uploaded[file] = [args["filename"], b""]
            return {"ok": True, "file_id": file, "upload_url": self.url(file, folder="upload")}
        self.shared += [(one["id"], args["channel_id"]) for one in args["files"]]
        return {"ok": True, "files": args["files"]}

    async def _download(self, request):
        file = request.match_info["id"]
        self.downloads.append((request.url.host, request.headers.get("Authorization")))
        if file in self.answers:
            status, text, headers = self.answers[file]
            return web.Response(status=status, text=text, headers=headers)
        return web.Response(body=self.contents[file])

    async def _upload(self, request):
        self.uploaded[request.match_info["id"]][1] = await request.read()
        return web.Response(text="OK")
