"""L5: two subscribers with the same document and variables cost one execution per event; other fields cost one more."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import httpx
import pytest

import engine
from domain.room_events import EventKind
from tests.makers_live import a_room
from tests.makers_shelves import room_id
from tests.pond import Pond
from tests.site import Site
from tests.waiting import until

EVENTS = "subscription ($room: ID!) { liveRoomEvents(roomId: $room, kinds: [PIN]) { seq kind } }"
OTHER_FIELDS = "subscription ($room: ID!) { liveRoomEvents(roomId: $room, kinds: [PIN]) { kind } }"
TOLD = 3


@pytest.fixture
def executions(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of each event, as often as it is executed."""
    seen: list[int] = []
    render = engine.Prepared.render_now

    def counted(prepared: engine.Prepared, event: Any, context: Any) -> Any:
        seen.append(event.seq)
        return render(prepared, event, context)

    monkeypatch.setattr(engine.Prepared, "render_now", counted)
    return seen


async def test_same_document_same_execution(site: Site, executions: list[int]) -> None:
    room, _ = await a_room(Pond(site.pond.database))
    variables = {"room": room_id(room)}
    async with site.socket() as one, site.socket() as two, site.socket() as three, _streamed(site, variables) as sse:
        for talk, document, name in ((one, EVENTS, "1"), (two, EVENTS, "b"), (three, OTHER_FIELDS, "1")):
            await talk.subscribe(document, name, **variables)
        await until(lambda: site.pond.hub.viewers(room.id) == 4)

        for _ in range(TOLD):
            await site.pond.services.writer.post(room.id, EventKind.PIN, {"live_product": None})
        heard = [[(await talk.hear())["payload"] for _ in range(TOLD)] for talk in (one, two)]
        others = [(await three.hear())["payload"] for _ in range(TOLD)]
        lines = sse.aiter_lines()
        streamed = []
        while len(streamed) < TOLD:
            line = await anext(lines)
            if line.startswith("data: "):
                streamed.append(json.loads(line.removeprefix("data: ")))

    assert len({one["data"]["liveRoomEvents"]["seq"] for one in heard[0]}) == TOLD
    assert heard[0] == heard[1] == streamed
    assert [one["data"]["liveRoomEvents"] for one in others] == [{"kind": "PIN"}] * TOLD
    assert sorted(Counter(executions).values()) == [2] * TOLD


def _streamed(site: Site, variables: dict[str, str]) -> Any:
    request = {"query": EVENTS, "variables": variables}
    client: httpx.AsyncClient = site.client
    return client.stream("POST", "/graphql", json=request, headers={"accept": "text/event-stream"})
