"""The control port of a server under load: "ROOM TEXT" on each line is published, "collect" collects garbage."""

from __future__ import annotations

import asyncio
import gc
import json
import socket
from collections.abc import Awaitable, Callable

import uvicorn

Publish = Callable[[int, str], Awaitable[None]]
"""Publishes one more bullet comment with this text in the room with this number."""


async def take_orders(port: int, publish: Publish) -> None:
    """Tell where we listen, and publish until cancelled."""

    async def obey(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := (await reader.readline()).decode().rstrip():
            if line == "collect":
                gc.collect()
                writer.write(b"done\n")
            else:
                room, _, text = line.partition(" ")
                await publish(int(room), text)
        writer.close()

    control = await asyncio.start_server(obey, "127.0.0.1", 0)
    print(json.dumps({"port": port, "control": control.sockets[0].getsockname()[1]}), flush=True)
    await control.serve_forever()


async def serve(server: uvicorn.Server, publisher: Callable[[], Publish]) -> None:
    """Run uvicorn, and publish through what there is once it has started."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started and not serving.done():  # noqa: ASYNC110  uvicorn has no event for it
        await asyncio.sleep(0.01)
    await asyncio.gather(serving, take_orders(listener.getsockname()[1], publisher()))
