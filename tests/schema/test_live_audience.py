"""The audience of a live room: who came by whose link, and the boards of those who invited."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

import db.live_boards
import db.live_invites
import db.room_presence
import resolvers.live
import resolvers.live_calls
import resolvers.live_invites
import resolvers.live_likes
from app.likes import LikeWriter
from domain.identity import Principal, Role
from domain.live import LiveRoom
from domain.live_audience import viewer_number
from domain.live_calls import CallDraft, CallKind
from domain.live_invites import BoardBy, BoardOf, InviteTerms, subject_of
from domain.room_events import LiveRoomState
from domain.shares import TargetKind
from schema.ids import Kind, id_of
from tests.makers_guides import a_guide, a_share, guide_of
from tests.makers_live import a_room, an_item
from tests.makers_live_audience import BOARD, ENTER, buys, by_links_of, comes
from tests.makers_members import a_member, a_store, staff
from tests.pond import NOON, Pond, statements
from tests.schema.test_live_mirrors import a_source, mirrored


async def board(pond: Pond, room: LiveRoom, who: Principal, of: str = "MEMBERS", by: str = "INVITES") -> Any:
    found = await pond.ask(BOARD, who, id=id_of(Kind.LIVE_ROOM, room.id), of=of, by=by)
    return found["liveRoom"]["inviteBoard"]


async def lines(pond: Pond, room: LiveRoom, who: Principal, of: str, by: str = "INVITES") -> list[tuple[Any, ...]]:
    return [tuple(entry.values()) for entry in (await board(pond, room, who, of, by))["entries"]]


async def entered(pond: Pond, room: LiveRoom, viewer: Principal, code: str | None) -> list[str]:
    """What a member is told who comes in by a code that may be none."""
    return [warning["code"] for warning in (await comes(pond, room, viewer, code))["warnings"]]


async def test_a_first_entry_costs_five_statements_and_every_other_one(pond: Pond) -> None:
    room, _ = await a_room(pond)
    anna, ben = await a_member(pond, "Anna"), await a_member(pond, "Ben")
    share = await a_share(pond, anna, room.id, kind=TargetKind.LIVE_ROOM)

    with statements() as first:
        await comes(pond, room, ben, share.code)
    with statements() as again:
        await comes(pond, room, ben, share.code)

    assert len(first) == 5, first
    assert len(again) == 1, again


async def test_who_came_without_a_link_was_invited_by_nobody_for_good(pond: Pond) -> None:
    room, _ = await a_room(pond)
    anna, ben = await a_member(pond, "Anna"), await a_member(pond, "Ben")
    share = await a_share(pond, anna, room.id, kind=TargetKind.LIVE_ROOM)

    await comes(pond, room, ben)
    await comes(pond, room, ben, share.code)

    assert (await board(pond, room, anna))["mine"] is None


async def test_a_code_that_means_nothing_here_lets_in_with_a_warning(pond: Pond) -> None:
    room, _ = await a_room(pond)
    other, _ = await a_room(pond)
    anna = await a_member(pond, "Anna")
    elsewhere = await a_share(pond, anna, other.id, kind=TargetKind.LIVE_ROOM)
    store = await a_share(pond, anna, room.host.store_id)

    assert await entered(pond, room, await a_member(pond), elsewhere.code) == ["SHARE_CODE_IGNORED"]
    assert await entered(pond, room, await a_member(pond), store.code) == ["SHARE_CODE_IGNORED"]
    assert await entered(pond, room, await a_member(pond), "0123456789") == ["SHARE_CODE_IGNORED"]
    assert (await board(pond, room, anna))["mine"] is None


async def test_an_expired_share_invites_nobody(pond: Pond) -> None:
    pond.services.rules = replace(pond.services.rules, shares_last=timedelta(minutes=5))
    room, _ = await a_room(pond)
    anna = await a_member(pond, "Anna")
    share = await a_share(pond, anna, room.id, kind=TargetKind.LIVE_ROOM)

    pond.later(minutes=5)

    assert await entered(pond, room, await a_member(pond), share.code) == ["SHARE_CODE_IGNORED"]


async def test_guides_stand_on_the_boards_of_guides_and_of_stores(pond: Pond) -> None:
    room, host = await a_room(pond)
    east, west = await a_store(pond, "East"), await a_store(pond, "West")
    one, two, three = [
        await a_guide(pond, name, store_id=store) for name, store in (("One", east), ("Two", east), ("Three", west))
    ]
    await by_links_of(pond, room, one, 2)
    await by_links_of(pond, room, two, 1)
    pond.later(seconds=1)
    await comes(pond, room, await a_member(pond), (await guide_of(pond, three)).share_code)
    await by_links_of(pond, room, await a_member(pond, "Anna"), 1)

    assert await lines(pond, room, host, "GUIDES") == [(1, "One", 2), (2, "Two", 1), (3, "Three", 1)]
    assert await lines(pond, room, host, "STORES") == [(1, "East", 3), (2, "West", 1)]
    assert await lines(pond, room, host, "MEMBERS") == [(1, "Anna", 1)]
    assert (await board(pond, room, two, "GUIDES"))["mine"] == {"rank": 2, "count": 1}
    assert (await board(pond, room, two, "STORES"))["mine"] == {"rank": 1, "count": 3}


async def test_who_reached_a_number_first_is_before_others(pond: Pond) -> None:
    room, host = await a_room(pond)
    anna, ben = await a_member(pond, "Anna"), await a_member(pond, "Ben 13812345678")
    for inviter in (ben, anna):
        await by_links_of(pond, room, inviter, 1)
        pond.later(seconds=1)
    await by_links_of(pond, room, anna, 1)
    pond.later(seconds=1)
    assert await lines(pond, room, host, "MEMBERS") == [(1, "Anna", 2), (2, "Ben 138****5678", 1)]

    await comes(pond, room, await a_member(pond), (await a_share(pond, ben, room.id, kind=TargetKind.LIVE_ROOM)).code)

    assert await lines(pond, room, host, "MEMBERS") == [(1, "Anna", 2), (2, "Ben 138****5678", 2)]


async def test_what_the_invited_bought_is_shown_to_guides_and_staff_and_to_others_their_own_line(pond: Pond) -> None:
    item = await an_item(pond, price=50_00)
    room, host = await a_room(pond, None, item)
    anna = await a_member(pond, "Anna")
    (buyer, _) = await by_links_of(pond, room, anna, 2)
    await buys(pond, buyer, item.variant_id, room)

    assert await lines(pond, room, host, "MEMBERS", "GMV") == [(1, "Anna", 50_00)]
    assert await lines(pond, room, await staff(pond, Role.FINANCE), "MEMBERS", "GMV") == [(1, "Anna", 50_00)]
    assert await board(pond, room, anna, by="GMV") == {"entries": [], "mine": {"rank": 1, "count": 50_00}}
    assert await board(pond, room, buyer, by="GMV") == {"entries": [], "mine": None}


async def test_what_is_given_back_lowers_the_board(pond: Pond) -> None:
    room, host = await a_room(pond)
    anna = await a_member(pond, "Anna")
    (buyer,) = await by_links_of(pond, room, anna, 1)
    assert buyer.member_id is not None
    async with pond.database.writing() as tx:
        for amount in (80_00, -30_00):
            await db.live_invites.sell(tx, room.id, buyer.member_id, amount, NOON)

    assert await lines(pond, room, host, "MEMBERS", "GMV") == [(1, "Anna", 50_00)]


async def test_a_board_of_a_hundred_inviters_at_once_counts_each_viewer(pond: Pond) -> None:
    room, host = await a_room(pond)
    inviters = [await a_member(pond, f"inviter {n}") for n in range(20)]
    shares = [await a_share(pond, who, room.id, kind=TargetKind.LIVE_ROOM) for who in inviters]
    viewers = [await a_member(pond) for _ in range(100)]

    await asyncio.gather(*(comes(pond, room, who, shares[n % 20].code) for n, who in enumerate(viewers)))

    assert sorted(count for _, _, count in await lines(pond, room, host, "MEMBERS")) == [5] * 20


async def test_the_event_of_a_board_is_what_a_fresh_snapshot_shows(pond: Pond) -> None:
    room, host = await a_room(pond)
    await by_links_of(pond, room, await a_member(pond, "Anna"), 2)
    facts = await pond.select("SELECT payload->'live_boards' AS boards FROM outbox WHERE kind = 'LiveInvitesCounted'")
    assert [fact["boards"] for fact in facts] == [[subject_of(room.id, BoardOf.MEMBERS)]] * 2

    async with pond.database.writing() as tx:
        ((where, told),) = await db.live_boards.told_of(tx, facts[0]["boards"])

    assert where == room.id
    assert [(one["rank"], one["name"], one["count"]) for one in told["entries"]] == await lines(
        pond, room, host, "MEMBERS"
    )


async def test_an_invite_that_must_be_watched_counts_when_the_viewer_still_watches(pond: Pond) -> None:
    pond.services.rules = replace(pond.services.rules, invites=InviteTerms(watched=timedelta(seconds=30)))
    room, _ = await a_room(pond)
    anna = await a_member(pond, "Anna")
    stays, _ = await by_links_of(pond, room, anna, 2)
    assert (await board(pond, room, anna))["mine"] is None

    for seconds, counted in ((29, 0), (1, 1), (1, 0)):
        pond.later(seconds=seconds)
        await watches(pond, room, stays)
        assert await resolvers.live_invites.count_due(pond.context()) == counted

    assert (await board(pond, room, anna))["mine"] == {"rank": 1, "count": 1}


async def test_an_invite_that_needs_a_phone_counts_at_once_for_who_has_one(pond: Pond) -> None:
    pond.services.rules = replace(pond.services.rules, invites=InviteTerms(phone_bound=True))
    room, _ = await a_room(pond)
    anna = await a_member(pond, "Anna")
    share = await a_share(pond, anna, room.id, kind=TargetKind.LIVE_ROOM)
    with_phone, without = await a_member(pond, phone="+8613812345678"), await a_member(pond)
    for viewer in (with_phone, without):
        await comes(pond, room, viewer, share.code)
        await watches(pond, room, viewer)
    assert (await board(pond, room, anna))["mine"] == {"rank": 1, "count": 1}

    assert await resolvers.live_invites.count_due(pond.context()) == 0
    await pond.select("UPDATE member SET phone = '+8613812345679' WHERE id = $1", without.member_id)
    assert await resolvers.live_invites.count_due(pond.context()) == 1

    assert (await board(pond, room, anna))["mine"] == {"rank": 1, "count": 2}


async def watches(pond: Pond, room: LiveRoom, viewer: Principal) -> None:
    """Some process says that the viewer watches now."""
    viewers = {room.id: {viewer_number(viewer.member_id, "")}}
    async with pond.database.writing() as tx:
        await db.room_presence.tell(tx, uuid4(), viewers, viewers, pond.time)


@pytest.mark.parametrize("state", [LiveRoomState.ENDED])
async def test_nobody_comes_into_a_room_that_is_over_or_that_nobody_knows(pond: Pond, state: LiveRoomState) -> None:
    room, host = await a_room(pond)
    await resolvers.live.move(pond.context(host), room.id, state)
    member = await a_member(pond)

    over = await pond.refused(ENTER, member, room=id_of(Kind.LIVE_ROOM, room.id))
    unknown = await pond.refused(ENTER, member, room=id_of(Kind.LIVE_ROOM, uuid4()))

    assert [error["code"] for error in (*over, *unknown)] == ["INVALID_STATE", "NOT_FOUND"]


async def test_who_was_shown_the_door_is_nobodys_invited(pond: Pond) -> None:
    room, host = await a_room(pond)
    anna, ben = await a_member(pond, "Anna"), await a_member(pond, "Ben")
    share = await a_share(pond, anna, room.id, kind=TargetKind.LIVE_ROOM)
    await pond.select(
        "INSERT INTO live_restriction (live_room_id, member_id, kind, reason, by_member_id, at)"
        " VALUES ($1, $2, 'KICK', '', $3, now())",
        room.id,
        ben.member_id,
        host.member_id,
    )

    errors = await pond.refused(ENTER, ben, room=id_of(Kind.LIVE_ROOM, room.id), code=share.code)

    assert [error["code"] for error in errors] == ["MEMBER_KICKED"]
    assert (await board(pond, room, anna))["mine"] is None


async def test_boards_of_several_rooms_are_read_together(pond: Pond) -> None:
    rooms = [(await a_room(pond))[0] for _ in range(3)]

    with statements() as run:
        found = await db.live_boards.boards_of(
            pond.database.reading(), [room.id for room in rooms], BoardOf.STORES, BoardBy.GMV
        )

    assert len(run) == 1
    assert set(found) == {room.id for room in rooms}


async def test_a_mirror_has_invites_of_its_own_and_shares_likes_viewers_and_cards_with_its_source(pond: Pond) -> None:
    source, hq = await a_source(pond)
    guide = await a_guide(pond, "Store guide")
    room = await mirrored(pond, source, guide)
    anna, viewer = await a_member(pond, "Anna"), await a_member(pond)
    share = await a_share(pond, anna, room.id, kind=TargetKind.LIVE_ROOM)
    for who, url in ((hq, "/media/hq.png"), (guide, "/media/store.png")):
        await resolvers.live_calls.save_contact(pond.context(who), url)
    await resolvers.live_calls.show(pond.context(hq), source.id, CallDraft(CallKind.GUIDE_QR, "加导购", None, None))

    await comes(pond, room, viewer, share.code)
    await resolvers.live_likes.like(pond.context(viewer), room.id, 5)
    await LikeWriter(pond.database, pond.services.likes, uuid4(), lambda: pond.time).flush()

    assert await lines(pond, room, viewer, "MEMBERS") == [(1, "Anna", 1)]
    assert await lines(pond, source, viewer, "MEMBERS") == []
    async with pond.database.writing() as tx:
        ((where, told),) = await db.live_boards.told_of(tx, [subject_of(room.id, BoardOf.MEMBERS)])
    assert (where, told["board_room_id"]) == (source.id, room.id.hex), "told to all who see the same picture"
    asked = (
        "query ($id: ID!) { liveRoom(id: $id) { likeCount callToAction { qrUrl clicked } callsToAction { title } } }"
    )
    seen = [(await pond.ask(asked, guide, id=id_of(Kind.LIVE_ROOM, one.id)))["liveRoom"] for one in (source, room)]
    assert [one["likeCount"] for one in seen] == [5, 5]
    assert [one["callToAction"] for one in seen] == [
        {"qrUrl": "/media/hq.png", "clicked": None},
        {"qrUrl": "/media/store.png", "clicked": None},
    ]
    assert [one["callsToAction"] for one in seen] == [None, None]
