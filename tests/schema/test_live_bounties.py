"""Bounties: coins of the brand for members who invited so many viewers, to each once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import db.ledger
import resolvers.live_bounties
from domain.identity import Principal, Role
from domain.ledger import COINS_ISSUED, coin_wallet
from domain.live import LiveRoom
from schema.ids import Kind, id_of
from tests.makers_guides import a_guide
from tests.makers_live import a_room
from tests.makers_live_audience import by_links_of
from tests.makers_members import a_member, staff
from tests.pond import Pond

SET = """mutation ($id: ID!, $bounties: [LiveBountyInput!]!) {
  liveBountiesSet(input: {liveRoomId: $id, bounties: $bounties}) {
    bounties { invites coins } userErrors { code path } } }"""
OFFERED = "query ($id: ID!) { liveRoom(id: $id) { bounties { invites coins } } }"


async def offered(pond: Pond, room: LiveRoom, *bounties: tuple[int, int]) -> Any:
    given = [{"invites": invites, "coins": coins} for invites, coins in bounties]
    finance = await staff(pond, Role.FINANCE)
    return (await pond.ask(SET, finance, id=id_of(Kind.LIVE_ROOM, room.id), bounties=given))["liveBountiesSet"]


async def pay(pond: Pond) -> int:
    return await resolvers.live_bounties.pay(pond.context())


async def coins_of(pond: Pond, member: Principal) -> int:
    assert member.member_id is not None
    wallet = coin_wallet(member.member_id)
    return (await db.ledger.balances_of(pond.database.reading(), [wallet]))[wallet]


async def test_each_bounty_is_paid_once_to_each_member_who_reaches_it(pond: Pond) -> None:
    room, _ = await a_room(pond)
    assert (await offered(pond, room, (3, 50), (1, 10)))["bounties"] == [
        {"invites": 1, "coins": 10},
        {"invites": 3, "coins": 50},
    ]
    anna, ben, guide = await a_member(pond, "Anna"), await a_member(pond, "Ben"), await a_guide(pond)
    for inviter, many in ((anna, 2), (ben, 3), (guide, 3)):
        await by_links_of(pond, room, inviter, many)

    assert [await pay(pond), await pay(pond)] == [3, 0]
    await by_links_of(pond, room, anna, 2)
    assert [await pay(pond), await pay(pond)] == [1, 0]

    assert [await coins_of(pond, who) for who in (anna, ben, guide)] == [60, 60, 0]
    assert await db.ledger.sum_of(pond.database.reading(), COINS_ISSUED) == -120


async def test_many_workers_pay_a_bounty_once(pond: Pond) -> None:
    room, _ = await a_room(pond)
    await offered(pond, room, (1, 10))
    inviters = [await a_member(pond) for _ in range(5)]
    for inviter in inviters:
        await by_links_of(pond, room, inviter, 1)

    assert sum(await asyncio.gather(*(pay(pond) for _ in range(4)))) == 5

    assert [await coins_of(pond, inviter) for inviter in inviters] == [10] * 5


async def test_the_ledger_takes_a_bounty_once_even_if_nobody_noted_it(pond: Pond) -> None:
    """The second guard: the business key of the posting."""
    room, _ = await a_room(pond)
    await offered(pond, room, (1, 10))
    anna = await a_member(pond, "Anna")
    await by_links_of(pond, room, anna, 1)
    await pay(pond)
    await pond.select("DELETE FROM live_bounty_payout")

    with pytest.raises(Exception, match="unique"):
        await pay(pond)

    assert await coins_of(pond, anna) == 10


async def test_what_is_offered_is_seen_by_all_and_set_by_who_keeps_the_books(pond: Pond) -> None:
    room, host = await a_room(pond)
    await offered(pond, room, (1, 10))
    await offered(pond, room, (2, 20))

    assert (await pond.ask(OFFERED, id=id_of(Kind.LIVE_ROOM, room.id)))["liveRoom"]["bounties"] == [
        {"invites": 2, "coins": 20}
    ]
    assert await pond.errors(SET, host, id=id_of(Kind.LIVE_ROOM, room.id), bounties=[]) == ["FORBIDDEN"]


@pytest.mark.parametrize(
    ("bounties", "path"),
    [
        pytest.param([(0, 1)], ["input", "bounties", "0", "invites"], id="for nothing"),
        pytest.param([(1, 1), (2, 0)], ["input", "bounties", "1", "coins"], id="of nothing"),
        pytest.param([(1, 1), (1, 2)], ["input", "bounties"], id="two for the same"),
        pytest.param([(n, 1) for n in range(1, 12)], ["input", "bounties"], id="too many"),
    ],
)
async def test_such_bounties_are_refused(pond: Pond, bounties: list[tuple[int, int]], path: list[str]) -> None:
    room, _ = await a_room(pond)

    assert (await offered(pond, room, *bounties))["userErrors"] == [{"code": "BAD_USER_INPUT", "path": path}]
