"""Our own server under load: what `yutang serve` serves. Every bullet comment is stored before it is shown, as ever."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import uuid_utils.compat
import uvloop

from app.assembly import Pond
from app.server import Server, uvicorn_of
from app.settings import Settings
from benchmarks.load.control import Publish, serve
from domain.payloads import plain
from domain.room_events import BulletComment, BulletMode, EventKind
from schema.ids import Kind, key_of

AT_ONCE = {"socket_admissions_per_s": 1_000_000}
"""The crowd comes all at once, which is not what is measured."""


def publisher(pond: Pond, rooms: list[UUID]) -> Publish:
    """Gives comments to the room writer, as `bulletCommentSend` does; it stores them and tells the bus."""
    sender = uuid_utils.compat.uuid7()
    posting: set[asyncio.Task[object]] = set()

    async def publish(room: int, text: str) -> None:
        now = datetime.now(UTC)
        comment = BulletComment(uuid_utils.compat.uuid7(), text, sender, "Xiao Yu", None, None, BulletMode.SCROLL, now)
        posted = pond.services.writer.post(rooms[room], EventKind.BULLET_COMMENT, {"comment": plain(comment)})
        task = asyncio.create_task(posted)
        posting.add(task)
        task.add_done_callback(posting.discard)

    return publish


async def main(room_ids: list[str], dsn: str) -> None:
    rooms = [key_of(Kind.LIVE_ROOM, id_) for id_ in room_ids]
    settings = Settings(_env_file=None, database_url=dsn, relay=False, limits=AT_ONCE)
    server = Server(settings)

    def publish() -> Publish:
        assert server.pond is not None, "it has started"
        return publisher(server.pond, rooms)

    await serve(uvicorn_of(server, settings), publish)


if __name__ == "__main__":
    uvloop.run(main(Path(sys.argv[1]).read_text().split(), sys.argv[2]))
