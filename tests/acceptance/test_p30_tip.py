"""P30 Tip: one debit and one broadcast whatever the network does, exact shares a week later, limits, no minors."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import resolvers.gift_settlements
import resolvers.live
from domain.gifts import GiftTerms
from domain.identity import Role
from domain.room_events import EventKind, LiveRoomState
from schema.ids import Kind, id_of
from tests.makers_live import a_gift, a_room, coins, log_of
from tests.makers_members import a_member, staff
from tests.pond import Pond

FEN = 100
"""A coin stands for a fen here."""

GIVE = """mutation ($input: GiftSendInput!) { giftSend(input: $input) {
  reward { id coins } coinBalance replayed userErrors { code } } }"""
EARNINGS = "query ($id: ID!) { liveRoom(id: $id) { giftEarnings { host brand settled } } }"
VERIFY = "mutation ($input: MemberBirthdayVerifyInput!) { memberBirthdayVerify(input: $input) { memberId } }"


async def test_tip(pond: Pond) -> None:
    pond.services.rules = replace(pond.services.rules, gifts=GiftTerms(host_bp=7_000, most_a_day=200 * FEN))
    room, host = await a_room(pond)
    member, gift = await a_member(pond), await a_gift(pond, coins=66 * FEN)
    await coins(pond, member, 300 * FEN)

    def wanted(key: str) -> dict[str, Any]:
        ids = {"liveRoomId": id_of(Kind.LIVE_ROOM, room.id), "giftId": id_of(Kind.GIFT, gift.id)}
        return {**ids, "count": 1, "idempotencyKey": key}

    three = await asyncio.gather(*(pond.ask(GIVE, member, input=wanted("the same")) for _ in range(3)))

    assert {one["giftSend"]["coinBalance"] for one in three} == {234 * FEN}
    assert len({one["giftSend"]["reward"]["id"] for one in three}) == 1
    assert [kind for kind, _ in await log_of(pond, room.id)].count(EventKind.REWARD.value) == 1

    for key in ("second", "third"):
        assert await pond.refused(GIVE, member, input=wanted(key)) == []
    assert await pond.refused(GIVE, member, input=wanted("fourth")) == [{"code": "LIMIT_PER_MEMBER"}]

    minor = await a_member(pond)
    await coins(pond, minor, 300 * FEN)
    born = {"memberId": id_of(Kind.MEMBER, minor.member_id), "birthday": "2010-01-01"}
    await pond.ask(VERIFY, await staff(pond, Role.OPERATOR), input=born)
    assert await pond.refused(GIVE, minor, input=wanted("a minor's")) == [{"code": "NOT_OF_AGE"}]

    await resolvers.live.move(pond.context(host), room.id, LiveRoomState.ENDED)
    pond.later(days=7)
    while await resolvers.gift_settlements.settle(pond.context()):
        pass
    found = await pond.ask(EARNINGS, host, id=id_of(Kind.LIVE_ROOM, room.id))
    assert found["liveRoom"]["giftEarnings"] == {"host": 3 * 46_20, "brand": 3 * 19_80, "settled": 3 * 66 * FEN}
    assert (await pond.ask("{ myGiftCoins }", host))["myGiftCoins"] == 3 * 46_20
