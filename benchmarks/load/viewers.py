"""Viewers of live rooms: `viewers.c`, compiled when it is first needed."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from benchmarks.load.children import Child

SOURCE = Path(__file__).with_name("viewers.c")
QUERY = "subscription($room: ID!) { bulletComments(roomId: $room) { seq at comment { id text senderName } } }"
TEXT = "Which size shall I take, M or perhaps L? "
"""What every bullet comment of a benchmark begins with: together with the rest, an event takes 250 bytes."""


def compiled() -> Path:
    """The program; exits when there is no C compiler."""
    wanted = hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:12]
    program = platformdirs.user_cache_path("yutang-bench", ensure_exists=True) / f"viewers-{wanted}"
    if not program.exists():
        compiler = shutil.which("cc") or shutil.which("gcc") or sys.exit("The load client is C: install gcc.")
        with tempfile.TemporaryDirectory() as folder:
            made = Path(folder) / "viewers"
            subprocess.run([compiler, "-O2", "-std=gnu11", "-Wall", "-o", str(made), str(SOURCE)], check=True)
            shutil.move(made, program)
    return program


@dataclass(frozen=True)
class Crowd:
    """So many viewers in these rooms of the server's list: the first one's number and how many."""

    viewers: int
    first_room: int = 0
    rooms: int = 1
    own_ids: bool = False
    """Whether each calls its subscription by an id of its own, as `graphql-ws` does, and not all by "1"."""

    def messages(self, room_ids: list[str]) -> list[str]:
        """What they send to subscribe: viewer i the message i, round and round."""
        mine = room_ids[self.first_room : self.first_room + self.rooms]
        many = self.viewers if self.own_ids else self.rooms
        return [_subscribe(self._id(n), mine[n % self.rooms]) for n in range(many)]

    def _id(self, viewer: int) -> str:
        return f"{viewer:08x}-0000-4000-8000-{viewer:012x}" if self.own_ids else "1"


def _subscribe(id_: str, room_id: str) -> str:
    payload = {"query": QUERY, "variables": {"room": room_id}}
    return json.dumps({"id": id_, "type": "subscribe", "payload": payload})


def watch(
    stack: ExitStack, crowd: Crowd, room_ids: list[str], port: int, control: int = 0, core: int | None = None
) -> Child:
    """A process with the crowd in it, which has not connected yet."""
    messages = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "messages"
    messages.write_text("".join(f"{message}\n" for message in crowd.messages(room_ids)))
    where = [str(port), str(control), str(crowd.viewers), str(crowd.first_room), str(crowd.rooms)]
    return Child(stack, [str(compiled()), *where, str(messages), TEXT], core)
