"""Old snapshot + events = fresh snapshot, for every part of a room that events change (in the manner of Zulip).

A part says what it asks of the room and of its events, and how a client changes what it shows. To add one is to
add it to `PARTS`, and what makes it happen to `ACTIONS`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest

import resolvers.bullets
import resolvers.live
import resolvers.live_likes
import resolvers.live_shelves
import resolvers.orders
import resolvers.room_rules
from app.likes import LikeWriter
from app.presence import Presence
from domain.identity import Principal
from domain.live import LiveRoom, ShelfItem
from domain.refusals import Refusal, Refusals
from domain.room_events import BulletMode, LiveRoomState
from domain.room_rules import RestrictionKind
from tests.makers_live import a_room, an_item
from tests.makers_live_audience import by_links_of
from tests.makers_members import a_member
from tests.makers_shelves import ordered, relayed, room_id
from tests.pond import Pond

STEPS, LOOK_EVERY = 100, 12
State = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """What a client asks of the room and of events, and how it changes what it shows, by the type of an event."""

    asked: str
    told: str
    changes: dict[str, Callable[[State, Any], None]]


def _stock(room: State, event: Any) -> None:
    shown = room["shelf"].get(event["liveProductId"])
    if shown is not None and shown["version"] <= event["version"]:
        shown |= {name: event[name] for name in ("liveStock", "sold", "version", "state")}


def _shelf(room: State, event: Any) -> None:
    card = event["liveProduct"]
    shown = room["shelf"].get(card["id"])
    if event["state"] == "HIDDEN":
        room["shelf"].pop(card["id"], None)
    elif shown is None or shown["version"] <= card["version"]:
        room["shelf"][card["id"]] = {**card, "state": event["state"], "position": event["position"]}


def _pin(room: State, event: Any) -> None:
    pinned = event["pinned"]
    room["pinned"] = pinned and {"id": pinned["id"]}
    if pinned is not None:
        room["shelf"][pinned["id"]] |= {"state": "EXPLAINING", "version": pinned["version"]}


def _said(room: State, event: Any) -> None:
    room["recentBulletComments"].append(event["comment"])


def _taken_back(room: State, event: Any) -> None:
    room["recentBulletComments"] = [one for one in room["recentBulletComments"] if one["id"] != event["commentId"]]


def _board(room: State, event: Any) -> None:
    room[event["of"].lower()] = {"entries": event["entries"]}


def _mute(room: State, event: Any) -> None:
    room["muted"].pop(event["memberId"], None)
    if event["until"] is not None:
        room["muted"][event["memberId"]] = event["until"]


CARD = "liveStock sold version limitPerMember livePrice { minor }"
ENTRIES = "entries { rank name count }"
PARTS = [
    Part(
        f"shelf {{ id state position {CARD} }} pinned {{ id }}",
        f"""... on InventoryChanged {{ liveProductId liveStock sold version stateNow: state }}
        ... on ShelfChanged {{ liveProduct {{ id: liveProductId {CARD} }} shelfState: state position }}
        ... on ProductPinned {{ pinned {{ id: liveProductId version }} }}""",
        {"InventoryChanged": _stock, "ShelfChanged": _shelf, "ProductPinned": _pin},
    ),
    Part(
        "state",
        "... on RoomStateChanged { toState }",
        {"RoomStateChanged": lambda room, event: room.update(state=event["toState"])},
    ),
    Part(
        "viewerCount",
        "... on ViewerCountChanged { viewerCount }",
        {"ViewerCountChanged": lambda room, event: room.update(viewerCount=event["viewerCount"])},
    ),
    Part(
        "recentBulletComments(last: 100) { id text }",
        "... on BulletCommentPosted { comment { id text } } ... on BulletCommentRemoved { commentId }",
        {"BulletCommentPosted": _said, "BulletCommentRemoved": _taken_back},
    ),
    Part(
        "rules { muted slowModeSeconds reviewed }",
        "... on RoomRulesChanged { rules { muted slowModeSeconds reviewed } }",
        {"RoomRulesChanged": lambda room, event: room.update(rules=event["rules"])},
    ),
    Part(
        "muted(first: 100) { nodes { member { id } until } }",
        "... on MemberMuted { memberId until }",
        {"MemberMuted": _mute},
    ),
    Part(
        "likeCount",
        "... on LikesChanged { likeCount }",
        {"LikesChanged": lambda room, event: room.update(likeCount=event["likeCount"])},
    ),
    Part(
        " ".join(f"{of.lower()}: inviteBoard(of: {of}) {{ {ENTRIES} }}" for of in ("MEMBERS", "GUIDES", "STORES")),
        f"... on BoardChanged {{ of {ENTRIES} }}",
        {"BoardChanged": _board},
    ),
]
SNAPSHOT = f"query ($id: ID!) {{ liveRoom(id: $id) {{ seq epoch {' '.join(part.asked for part in PARTS)} }} }}"
SINCE = f"""query ($id: ID!, $after: Long!, $epoch: String) {{
  liveRoomEventsSince(roomId: $id, after: $after, epoch: $epoch, first: 100) {{ nextAfter nextPollMs resyncRequired
    events {{ __typename seq {" ".join(part.told for part in PARTS)} }} }} }}"""
CHANGES = {kind: change for part in PARTS for kind, change in part.changes.items()}


class Client:
    """Reads the room once, and from then on only what happens."""

    def __init__(self, snapshot: Any) -> None:
        self.seq, self.epoch = snapshot.pop("seq"), snapshot.pop("epoch")
        shelf = {one["id"]: one for one in snapshot["shelf"]}
        muted = {one["member"]["id"]: one["until"] for one in snapshot["muted"]["nodes"]}
        self.room: State = {**snapshot, "shelf": shelf, "muted": muted}

    @classmethod
    async def of(cls, pond: Pond, room: LiveRoom, host: Principal) -> Client:
        """The client of the host, who sees also who is muted."""
        return cls((await pond.ask(SNAPSHOT, host, id=room_id(room)))["liveRoom"])

    async def catch_up(self, pond: Pond, room: LiveRoom) -> None:
        """Apply what was missed."""
        is_behind = True
        while is_behind:
            asked = {"id": room_id(room), "after": self.seq, "epoch": self.epoch}
            page = (await pond.ask(SINCE, **asked))["liveRoomEventsSince"]
            assert not page["resyncRequired"]
            for event in page["events"]:
                assert event["seq"] == self.seq + 1
                self.seq = event["seq"]
                event["state"] = event.get("stateNow") or event.get("shelfState")
                CHANGES.get(event["__typename"], lambda *_: None)(self.room, event)
            is_behind = page["nextPollMs"] == 0


class Show:
    """A room in which anything happens."""

    def __init__(self, pond: Pond, room: LiveRoom, host: Principal, items: list[ShelfItem], chance: Random) -> None:
        self.pond, self.room, self.host, self.items, self.chance = pond, room, host, items, chance
        self.products: list[UUID] = []
        self.placed: list[Any] = []
        self.said: list[int] = []
        self.viewers: list[asyncio.Task[Any]] = []
        self.presence = Presence(pond.database, pond.services.hub, uuid4(), lambda: pond.time)
        self.likes = LikeWriter(pond.database, pond.services.likes, uuid4(), lambda: pond.time)
        self.guests: list[Principal] = []

    async def orders(self) -> None:
        item = self.chance.choice(self.items)
        self.placed.append(await ordered(self.pond, self.room, item, quantity=self.chance.randint(1, 3)))

    async def gives_up(self) -> None:
        order, buyer = self.placed.pop()
        await resolvers.orders.cancel(self.pond.context(buyer), order.id)

    async def pins(self) -> None:
        await resolvers.live_shelves.pin(self.pond.context(self.host), self.chance.choice(self.products))

    async def unpins(self) -> None:
        await resolvers.live_shelves.unpin(self.pond.context(self.host), self.room.id)

    async def hides(self) -> None:
        hidden = self.chance.random() < 0.5
        product = self.chance.choice(self.products)
        await resolvers.live_shelves.hide(self.pond.context(self.host), product, hidden=hidden)

    async def pauses(self) -> None:
        state = (await self.pond.ask(SNAPSHOT, self.host, id=room_id(self.room)))["liveRoom"]["state"]
        to = LiveRoomState.PAUSED if state == "LIVE" else LiveRoomState.LIVE
        await resolvers.live.move(self.pond.context(self.host), self.room.id, to)

    async def says(self) -> None:
        self.pond.later(seconds=10)
        who = await a_member(self.pond, f"speaker {len(self.said)}")
        text = f"第 {len(self.said)} 条"
        event, _ = await resolvers.bullets.send(self.pond.context(who), self.room.id, text, None, BulletMode.SCROLL)
        self.said.append(event.seq)

    async def takes_back(self) -> None:
        seq = self.said.pop(self.chance.randrange(len(self.said)))
        await resolvers.bullets.remove(self.pond.context(self.host), self.room.id, seq)

    async def comes(self) -> None:
        stream = self.pond.services.hub.listen(self.room.id, viewer=len(self.viewers))
        self.viewers.append(asyncio.ensure_future(anext(stream)))
        await asyncio.sleep(0.02)
        await self.presence.count()

    async def goes(self) -> None:
        await _gone(self.viewers.pop())
        await self.presence.count()

    async def invites(self) -> None:
        """Somebody comes by the link of the host or of somebody who came before."""
        inviter = self.chance.choice([self.host, *self.guests])
        self.guests += await by_links_of(self.pond, self.room, inviter, 1)

    async def likes_it(self) -> None:
        guest = self.pond.context(self.chance.choice(self.guests))
        await resolvers.live_likes.like(guest, self.room.id, self.chance.randint(1, 9))
        await self.likes.flush()

    async def rules(self) -> None:
        muted, slow_mode_s = self.chance.random() < 0.3, self.chance.choice([0, 5])
        host = self.pond.context(self.host)
        await resolvers.room_rules.set_rules(host, self.room.id, muted=muted, slow_mode_s=slow_mode_s, reviewed=False)

    async def mutes(self) -> None:
        guest, host = self.chance.choice(self.guests).member_id, self.pond.context(self.host)
        assert guest is not None
        if self.chance.random() < 0.6:
            await resolvers.room_rules.restrict(host, RestrictionKind.MUTE, self.room.id, guest, 86_400, "刷屏")
        else:
            await resolvers.room_rules.release(host, RestrictionKind.MUTE, self.room.id, guest)


ACTIONS: list[Callable[[Show], Awaitable[None]]] = [
    *(Show.orders, Show.gives_up, Show.pins, Show.unpins, Show.hides, Show.pauses),
    *(Show.says, Show.takes_back, Show.comes, Show.goes),
    *(Show.invites, Show.likes_it, Show.rules, Show.mutes),
]


@pytest.mark.parametrize("seed", [1, 2])
async def test_an_old_snapshot_and_the_events_since_make_a_fresh_snapshot(pond: Pond, seed: int) -> None:
    chance = Random(seed)
    items = [await an_item(pond, stock=9) for _ in range(3)]
    room, host = await a_room(pond, None, *items)
    show = Show(pond, room, host, items, chance)
    clients = [await Client.of(pond, room, host)]
    show.products = [UUID(hex=key.partition("_")[2]) for key in clients[0].room["shelf"]]

    for step in range(1, STEPS + 1):
        with suppress(Refusal, Refusals, IndexError, ValueError):  # not everything can be done at any time
            await chance.choice(ACTIONS)(show)
        if step % LOOK_EVERY == 0:
            await relayed(pond)
            fresh = await Client.of(pond, room, host)
            for client in clients:
                await client.catch_up(pond, room)
                assert client.room == fresh.room
            clients.append(fresh)

    assert clients[-1].seq > 30, "much has happened"
    for viewer in show.viewers:
        await _gone(viewer)


async def _gone(viewer: asyncio.Task[Any]) -> None:
    viewer.cancel()
    with suppress(asyncio.CancelledError):
        await viewer


@pytest.mark.parametrize(
    "kind", ["InventoryChanged", "RoomRulesChanged", "MemberMuted", "LikesChanged", "BoardChanged"]
)
async def test_a_client_that_passes_over_a_kind_of_event_shows_something_else(
    pond: Pond, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """The control: the comparison would see it."""
    monkeypatch.delitem(CHANGES, kind)

    with pytest.raises(AssertionError):
        await test_an_old_snapshot_and_the_events_since_make_a_fresh_snapshot(pond, 1)
