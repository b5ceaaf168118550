"""telegram-test-api: another author's emulator of the Bot API, for texts in private chats.

It knows getMe, getUpdates, sendMessage, editMessageText and deleteMessage, keeps no look open and
no offset, and dates its messages in milliseconds. `Front` stands before it, as a server of the
Bot API has methods that it lacks; everything that it does have goes through as it is.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from tests.connectors.telegram.fake import GROUP, TOKEN
from tests.servers.install import NotInstalled, ready
from tests.servers.running import Running, free_port

VERSION = "4.2.1"
BOT = 666
MISSING: dict[str, object] = {
    "getWebhookInfo": {"url": "", "has_custom_certificate": False, "pending_update_count": 0},
    "getChat": {"id": GROUP, "type": "supergroup", "title": "Kiln friends"},
    "getChatMember": {"user": {"id": BOT}, "status": "administrator"},
    "getChatAdministrators": [],
}
"""The methods that the emulator lacks, and what they answer."""
_PROGRAM = """
const { TelegramServer } = require('telegram-test-api/lib/telegramServer');
const server = new TelegramServer({ host: '127.0.0.1', port: Number(process.argv[2]) });
server.start();
"""


def install(into: Path) -> None:
    """By npm, into a folder of its own."""
    if shutil.which("npm") is None:
        raise NotInstalled("npm isn't there. Install Node 20 or newer, with npm.")
    done = subprocess.run(
        [
            "npm", "install", "--prefix", str(into), "--no-audit", "--no-fund", "--ignore-scripts",
            f"telegram-test-api@{VERSION}",
        ],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise NotInstalled(f"npm: {done.stderr.strip()[-500:]}")


class TelegramTestApi:
    """One emulator."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="greenroom-telegram-"))
        self.port = free_port()
        program = ready("telegram_test_api") / "emulator.js"
        program.write_text(_PROGRAM)
        self._running = Running(
            ["node", str(program), str(self.port)], port=self.port, log=self._folder / "log"
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        await self._running.start()

    def away(self) -> None:
        """Stop it and remove its folder."""
        self._running.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    # --- its client's side -----------------------------------------------------------------------

    async def asked(self, path: str, content: dict[str, Any]) -> Any:
        """Ask for something as its own client does."""
        async with (
            aiohttp.ClientSession() as session,
            session.post(self.url + path, json=content) as answer,
        ):
            answer.raise_for_status()
            return (await answer.json())["result"]

    async def writes(self, own: int, name: str, text: str, *, group: bool = False) -> None:
        """Somebody writes to the bot, or in the group."""
        chat = {"id": GROUP, "type": "supergroup", "title": "Kiln friends"}
        await self.asked(
            "/sendMessage",
            {
                "botToken": TOKEN,
                "from": {"id": own, "first_name": name.capitalize(), "username": name,
                         "is_bot": False},
                "chat": chat if group else {"id": own, "type": "private", "first_name": name},
                "date": 1763632800,
                "text": text,
            },
        )  # fmt: skip

    async def said(self, chat: int) -> list[dict[str, Any]]:
        """What the bot said in a chat and still stands, as it was asked."""
        history = await self.asked("/getUpdatesHistory", {"token": TOKEN})
        return [
            {**one["message"], "message_id": one["messageId"]}
            for one in history
            if str(one["message"].get("chat_id")) == str(chat)
        ]


class Front:
    """Answers what the emulator lacks, and passes everything else on."""

    def __init__(self, upstream: TelegramTestApi) -> None:
        self._upstream = upstream
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/bot{token}/{method}", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        port = free_port()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.url = f"http://127.0.0.1:{port}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        if method in MISSING:
            return web.json_response({"ok": True, "result": MISSING[method]})
        async with (
            aiohttp.ClientSession() as session,
            session.request(
                request.method,
                f"{self._upstream.url}{request.path_qs}",
                data=await request.read(),
                headers={"Content-Type": request.headers.get("Content-Type", "text/plain")},
            ) as answer,
        ):
            return web.Response(
                status=answer.status, body=await answer.read(), content_type=answer.content_type
            )
