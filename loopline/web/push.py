"""The push process: news as server-sent events, from PostgreSQL's NOTIFY to the open pages of whom they concern.

News are signs to fetch a part again, with the reader's own rights; only a message to somebody is told in words. One
connection listens for the whole process. A stream's rights are looked at when it opens, each minute and at sign-out.
An event id is a transaction horizon: what was written at or after it may be unknown to whoever comes back with it.
"""

import asyncio
import json
import logging
import os
from collections import defaultdict
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import django
import psycopg
from django.conf import settings
from psycopg.conninfo import make_conninfo
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loopline.config.settings")
django.setup()

from loopline.kernel.events import CHANNEL  # noqa: E402
from loopline.web import news  # noqa: E402

log = logging.getLogger("loopline.push")
HEARTBEAT_SECONDS = 15.0
RIGHTS_SECONDS = 60.0
GATHER_SECONDS = 0.15
"""News of this time are told together: an action on a list says the same many times."""
AGAIN_MS = 2000


@dataclass(eq=False, slots=True)
class Stream:
    """One open stream: whose it is, what it has yet to be told, whether his rights must be looked at."""

    reader: news.Reader
    pending: set[str] = field(default_factory=set)
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    doubtful: bool = False

    def tell(self, topic: str) -> None:
        """Have the stream say that something of `topic` is new."""
        self.pending.add(topic)
        self.woken.set()

    def doubt(self) -> None:
        """Have the stream look at the rights again before it says anything."""
        self.doubtful = True
        self.woken.set()


class Hub:
    """Hears every piece of news of the house and hands it to the streams it concerns."""

    def __init__(self) -> None:
        self.streams: dict[int, set[Stream]] = defaultdict(set)
        self.horizon = ""
        # Few threads: each keeps a database connection.
        self.threads = ThreadPoolExecutor(2, thread_name_prefix="rights")

    async def ask[T](self, question: "partial[T]") -> T:
        """Run a question to the database beside the streams."""
        return await asyncio.get_running_loop().run_in_executor(self.threads, question)

    async def listen(self) -> None:
        """Hear the channel until cancelled; after a break every stream catches up."""
        while True:
            try:
                await self._listen_once()
            except psycopg.OperationalError:
                log.warning("the news are out of reach; trying again")
                await asyncio.sleep(1)

    async def _listen_once(self) -> None:
        installation = settings.INSTALLATION
        dsn = make_conninfo(
            "", **installation.dsn("app"), application_name="loopline-push", **installation.options
        )
        missed_since = self.horizon
        async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
            await connection.execute(f"LISTEN {CHANNEL}")
            if missed_since:
                await self._catch_up(missed_since)
            while True:
                cursor = await connection.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
                ((self.horizon,),) = await cursor.fetchall()
                async for told in connection.notifies(timeout=HEARTBEAT_SECONDS):
                    self.hear(told.payload)

    def hear(self, payload: str) -> None:
        """Hand one piece of news (`<tenant>:<audience>:<topic>`) to the streams it concerns."""
        tenant, _, rest = payload.partition(":")
        audience, _, topic = rest.partition(":")
        for stream in self.streams.get(int(tenant), ()):
            if not news.concerns(stream.reader, audience):
                continue
            if topic == "session":
                stream.doubt()
            else:
                stream.tell(topic)

    async def _catch_up(self, horizon: str) -> None:
        for stream in [stream for streams in self.streams.values() for stream in streams]:
            stream.doubt()
            for topic in await self.ask(partial(news.missed, stream.reader, horizon)):
                stream.tell(topic)

    async def speak(self, stream: Stream, last_id: str) -> AsyncIterator[str]:
        """The text of one stream until its reader leaves or may no longer listen."""
        tenant = stream.reader.ticket.tenant
        self.streams[tenant].add(stream)
        try:
            yield f"retry: {AGAIN_MS}\nid: {self.horizon}\n\n"
            if last_id:
                for topic in await self.ask(partial(news.missed, stream.reader, last_id)):
                    stream.tell(topic)
            looked_at = monotonic()
            while True:
                with suppress(TimeoutError):
                    await asyncio.wait_for(stream.woken.wait(), HEARTBEAT_SECONDS)
                    await asyncio.sleep(GATHER_SECONDS)
                stream.woken.clear()
                if stream.doubtful or monotonic() - looked_at > RIGHTS_SECONDS:
                    admitted = await self.ask(partial(news.admit_again, stream.reader))
                    if admitted is None:
                        return
                    stream.reader, stream.doubtful, looked_at = admitted, False, monotonic()
                yield await self._said(stream)
        finally:
            self.streams[tenant].discard(stream)

    async def _said(self, stream: Stream) -> str:
        topics, stream.pending = sorted(stream.pending), set()
        told = [f"id: {self.horizon}\n"]
        for topic in topics:
            piece: dict[str, Any] = {"topic": topic}
            if topic == "messages":
                words = await self.ask(partial(news.in_words, stream.reader))
                piece.update(words)
            told.append(f"id: {self.horizon}\ndata: {json.dumps(piece)}\n")
        return "\n".join(told if topics else [told[0] + ": still here\n"]) + "\n"


hub = Hub()


async def stream(request: Request) -> Response:
    """Open a stream for whoever is signed in."""
    origin = request.headers.get("origin")
    if not news.is_our_host(request.headers.get("host", "")):
        return PlainTextResponse("unknown host", 400)
    if origin and not is_our_page(origin, request.headers["host"]):
        return PlainTextResponse("unknown origin", 403)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    if origin:
        headers |= {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Allow-Credentials": "true",
            "Vary": "Origin",
        }
    reader = await hub.ask(partial(news.admit, dict(request.cookies), request.headers.get("accept-language")))
    if reader is None:
        return PlainTextResponse("not signed in", 401, headers)
    last_id = request.headers.get("last-event-id", "")
    said = hub.speak(Stream(reader), last_id if last_id.isdigit() and len(last_id) < 19 else "")
    return StreamingResponse(said, media_type="text/event-stream", headers=headers)


def is_our_page(origin: str, host: str) -> bool:
    """Whether a page of ours asks: the same host name, and the port of the pages or our own."""
    asked = urlsplit(f"//{host}")
    page = urlsplit(origin)
    try:
        port = page.port or {"https": 443, "http": 80}.get(page.scheme, 0)
        return page.hostname == asked.hostname and port in (settings.PORT, asked.port or port)
    except ValueError:
        return False


async def healthz(request: Request) -> Response:
    """The process answers."""
    return PlainTextResponse("ok")


@asynccontextmanager
async def life(app: Starlette) -> AsyncIterator[None]:
    """Listen as long as the process serves."""
    listening = asyncio.create_task(hub.listen())
    yield
    listening.cancel()
    hub.threads.shutdown(wait=False, cancel_futures=True)


# A proxy may bring /push/ here as it is.
ROUTES = [Route("/stream", stream), Route("/push/stream", stream), Route("/healthz", healthz)]
application = Starlette(routes=ROUTES, lifespan=life)
