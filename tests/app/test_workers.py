"""Workers: what dies is started anew, and all end in order."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from app.serving import CannotServe, serve
from app.settings import Settings
from app.workers import PAUSES_S
from tests.waiting import until


class Trial:
    """A running program of two workers."""

    def __init__(self, program: Process, port: int) -> None:
        self.program = program
        self.port = port

    async def ask(self) -> int:
        """Which worker answers."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        answer = await reader.read()
        writer.close()
        return int(answer)

    async def both(self) -> set[int]:
        """The processes of two workers that answer."""
        found: set[int] = set()
        async with asyncio.timeout(30):
            while len(found) < 2:
                found |= set(await asyncio.gather(*(self.ask() for _ in range(8))))
        return found


@asynccontextmanager
async def running(work: str = "answers") -> AsyncIterator[Trial]:
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.app.worker_trial", work), stdout=PIPE, stderr=PIPE
    )
    assert program.stdout is not None
    try:
        yield Trial(program, int(await program.stdout.readline()))
    finally:
        if program.returncode is None:
            program.terminate()
        await program.communicate()


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_worker_that_was_killed_is_started_anew_while_the_other_serves() -> None:
    async with running() as trial:
        killed, other = await trial.both()

        os.kill(killed, signal.SIGKILL)
        answered = await asyncio.gather(*(trial.ask() for _ in range(5)))

        assert set(answered) == {other}
        now = await trial.both()
        assert other in now
        assert killed not in now


async def test_all_end_when_the_parent_is_told_to() -> None:
    async with running() as trial:
        workers = await trial.both()

        trial.program.terminate()
        async with asyncio.timeout(30):
            code = await trial.program.wait()

        assert code == 0
        assert not any(is_running(worker) for worker in workers)


async def test_a_renewal_puts_new_workers_in_the_places_of_the_old_and_nobody_waits_in_vain() -> None:
    async with running() as trial:
        before = await trial.both()
        answered: list[int] = []

        trial.program.send_signal(signal.SIGHUP)
        async with asyncio.timeout(30):
            while before & {*answered[-8:]} or len(answered) < 8:
                answered.append(await trial.ask())
                await asyncio.sleep(0.01)

        await until(lambda: not any(is_running(worker) for worker in before))
        assert not before & await trial.both()


async def test_nothing_is_tried_again_where_the_first_worker_cannot_start() -> None:
    async with running("fails") as trial:
        async with asyncio.timeout(30):
            assert await trial.program.wait() == 9


def test_the_pause_before_another_start_grows() -> None:
    assert PAUSES_S[0] == 0
    assert list(PAUSES_S) == sorted(PAUSES_S)


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        pytest.param({"bus_url": "memory://"}, "BUS_URL", id="a bus of one process"),
        pytest.param({"bus_url": "redis://", "standins": True}, "stand-ins", id="stand-ins that remember"),
    ],
)
def test_what_holds_for_one_process_is_refused_for_two(settings: dict[str, object], word: str) -> None:
    with pytest.raises(CannotServe, match=word):
        serve(Settings(_env_file=None, workers=2, port=8399, **settings))
