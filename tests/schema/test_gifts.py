"""Gifts: paid before they are shown, within what a member may give, and shared out a week after the show."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

import resolvers.gift_settlements
import resolvers.live
import resolvers.room_rules
from db.connection import Writing
from domain.gifts import GiftTerms
from domain.identity import Principal, Role
from domain.live import LiveRoom
from domain.room_events import EventKind, LiveRoomState
from domain.room_rules import RestrictionKind
from schema.ids import Kind, id_of
from tests.makers_live import a_gift, a_room, coins, log_of
from tests.makers_members import a_member, staff
from tests.pond import Pond, statements

GIVE = """mutation ($input: GiftSendInput!) { giftSend(input: $input) {
  reward { id count coins comboId comboCount gift { name } } coinBalance replayed
  userErrors { code ... on InsufficientCoins { balance needed } ... on TipLimited { span most } } } }"""
REFUND = """mutation ($input: RewardRefundInput!) { rewardRefund(input: $input) {
  coins replayed userErrors { code } } }"""
VERIFY = """mutation ($input: MemberBirthdayVerifyInput!) { memberBirthdayVerify(input: $input) {
  memberId userErrors { code } } }"""
EARNINGS = """query ($id: ID!) { liveRoom(id: $id) {
  giftEarnings { host store brand refunded settled availableAt } } }"""


def room_id(room: LiveRoom) -> str:
    return id_of(Kind.LIVE_ROOM, room.id)


def a_tip(room: LiveRoom, gift: Any, count: int = 1, key: str = "") -> dict[str, Any]:
    return {
        "liveRoomId": room_id(room),
        "giftId": id_of(Kind.GIFT, gift.id),
        "count": count,
        "idempotencyKey": key or uuid4().hex,
    }


async def give(pond: Pond, member: Principal, room: LiveRoom, gift: Any, count: int = 1) -> Any:
    return (await pond.ask(GIVE, member, input=a_tip(room, gift, count)))["giftSend"]


def terms(pond: Pond, **changed: Any) -> None:
    pond.services.rules = replace(pond.services.rules, gifts=GiftTerms(**changed))


async def end(pond: Pond, room: LiveRoom, host: Principal) -> None:
    await resolvers.live.move(pond.context(host), room.id, LiveRoomState.ENDED)


async def test_a_gift_is_paid_from_the_coin_wallet_before_it_is_shown(pond: Pond) -> None:
    room, host = await a_room(pond)
    member, gift = await a_member(pond, "阿强"), await a_gift(pond, coins=10)
    await coins(pond, member, 50)
    wanted = {"liveRoomId": room_id(room), "giftId": id_of(Kind.GIFT, gift.id), "count": 3, "idempotencyKey": "g"}

    first = (await pond.ask(GIVE, member, input=wanted))["giftSend"]
    again = (await pond.ask(GIVE, member, input=wanted))["giftSend"]

    assert (first["reward"]["coins"], first["coinBalance"]) == (30, 20)
    assert again == {**first, "replayed": True}
    ((_, payload),) = [event for event in await log_of(pond, room.id) if event[0] == EventKind.REWARD.value]
    assert (payload["reward"]["sender_name"], payload["reward"]["count"]) == ("阿强", 3)
    assert host.guide_id is not None


async def test_a_wallet_pays_for_no_more_gifts_than_it_holds(pond: Pond) -> None:
    room, _ = await a_room(pond)
    member, gift = await a_member(pond), await a_gift(pond, coins=10)
    await coins(pond, member, 35)

    answers = await asyncio.gather(
        *(
            pond.ask(
                GIVE,
                member,
                input={
                    "liveRoomId": room_id(room),
                    "giftId": id_of(Kind.GIFT, gift.id),
                    "idempotencyKey": uuid4().hex,
                },
            )
            for _ in range(10)
        )
    )

    errors = [e for answer in answers for e in answer["giftSend"]["userErrors"]]
    assert errors == [{"code": "INSUFFICIENT_COINS", "balance": 5, "needed": 10}] * 7


async def test_only_finance_grants_coins(pond: Pond) -> None:
    member = await a_member(pond)
    grant = """mutation ($input: CoinsGrantInput!) { coinsGrant(input: $input) { coinBalance userErrors { code } } }"""
    wanted = {
        "memberId": id_of(Kind.MEMBER, member.member_id),
        "coins": 100,
        "reason": "开业礼",
        "idempotencyKey": "grant",
    }

    assert await pond.errors(grant, member, input=wanted) == ["FORBIDDEN"]
    data = await pond.ask(grant, await staff(pond, Role.FINANCE), input=wanted)
    assert data["coinsGrant"]["coinBalance"] == 100


async def test_who_was_shown_the_door_gives_nothing_and_keeps_the_answer_to_what_was_given(pond: Pond) -> None:
    room, host = await a_room(pond)
    member, other, gift = await a_member(pond), await a_member(pond), await a_gift(pond)
    moderator = await staff(pond, Role.MODERATOR)
    await coins(pond, member, 100)
    await coins(pond, other, 100)
    given = a_tip(room, gift)
    first = (await pond.ask(GIVE, member, input=given))["giftSend"]
    assert member.member_id is not None
    assert other.member_id is not None

    await resolvers.room_rules.restrict(pond.context(host), RestrictionKind.KICK, room.id, member.member_id, 60, "")
    await resolvers.room_rules.blacklist(pond.context(moderator), other.member_id, None, "")
    refused = [await pond.refused(GIVE, one, input=a_tip(room, gift)) for one in (member, other)]
    again = (await pond.ask(GIVE, member, input=given))["giftSend"]
    pond.later(minutes=2)
    later = (await give(pond, member, room, gift))["userErrors"]

    assert (refused, later) == ([[{"code": "MEMBER_KICKED"}]] * 2, [])
    assert (again["replayed"], again["reward"]) == (True, first["reward"])


async def test_giving_a_gift_costs_so_many_statements(pond: Pond) -> None:
    room, _ = await a_room(pond)
    member, gift = await a_member(pond), await a_gift(pond)
    await coins(pond, member, 100)

    with statements() as log:
        await give(pond, member, room, gift)

    assert len(log) == 11, log


async def test_the_same_gift_again_within_three_seconds_is_a_combo(pond: Pond) -> None:
    room, _ = await a_room(pond)
    member, rose, car = await a_member(pond), await a_gift(pond), await a_gift(pond, code="car")
    await coins(pond, member, 1000)

    first = (await give(pond, member, room, rose))["reward"]
    pond.later(seconds=2)
    second = (await give(pond, member, room, rose, 3))["reward"]
    another = (await give(pond, member, room, car))["reward"]
    pond.later(seconds=4)
    late = (await give(pond, member, room, rose))["reward"]

    assert (first["comboId"], first["comboCount"]) == (first["id"], 1)
    assert (second["comboId"], second["comboCount"]) == (first["id"], 4)
    assert (another["comboId"], another["comboCount"]) == (another["id"], 1)
    assert (late["comboId"], late["comboCount"]) == (late["id"], 1)


async def test_gifts_of_one_member_that_come_at_once_are_one_combo(pond: Pond) -> None:
    room, _ = await a_room(pond)
    member, gift = await a_member(pond), await a_gift(pond)
    await coins(pond, member, 1000)

    answers = await asyncio.gather(*(give(pond, member, room, gift) for _ in range(8)))

    assert sorted(one["reward"]["comboCount"] for one in answers) == list(range(1, 9))
    assert len({one["reward"]["comboId"] for one in answers}) == 1


@pytest.mark.parametrize(
    ("limits", "span"),
    [({"most_at_once": 20}, "ONCE"), ({"most_a_day": 20}, "DAY"), ({"most_a_month": 20}, "MONTH")],
)
async def test_more_than_may_be_given_is_refused_and_costs_nothing(
    pond: Pond, limits: dict[str, int], span: str
) -> None:
    terms(pond, **limits)
    room, _ = await a_room(pond)
    member, gift = await a_member(pond), await a_gift(pond, coins=10)
    await coins(pond, member, 100)

    refused = await give(pond, member, room, gift, 3)
    fine = await give(pond, member, room, gift, 2)

    assert refused["userErrors"] == [{"code": "LIMIT_PER_MEMBER", "span": span, "most": 20}]
    assert fine["coinBalance"] == 80


async def test_a_new_day_of_the_brand_has_its_own_limit(pond: Pond) -> None:
    terms(pond, most_a_day=20)
    room, _ = await a_room(pond)
    member, gift = await a_member(pond), await a_gift(pond, coins=10)
    await coins(pond, member, 100)
    await give(pond, member, room, gift, 2)

    pond.later(hours=11)
    today = await give(pond, member, room, gift)
    pond.later(hours=1)  # midnight in Shanghai
    tomorrow = await give(pond, member, room, gift)

    assert [e["code"] for e in today["userErrors"]] == ["LIMIT_PER_MEMBER"]
    assert tomorrow["userErrors"] == []


async def test_a_daily_limit_holds_whatever_comes_at_once(pond: Pond) -> None:
    terms(pond, most_a_day=30)
    room, _ = await a_room(pond)
    member, gift = await a_member(pond), await a_gift(pond, coins=10)
    await coins(pond, member, 1000)

    answers = await asyncio.gather(*(give(pond, member, room, gift) for _ in range(16)))

    assert sum(not one["userErrors"] for one in answers) == 3
    assert min(one["coinBalance"] for one in answers if one["reward"]) == 970


async def test_a_limit_that_is_read_first_and_counted_later_lets_too_much_through(pond: Pond) -> None:
    """The negative control of the limit: what many read at once is the same for all of them."""
    member = await a_member(pond)
    at_once = asyncio.Barrier(8)

    async def careless(tx: Writing) -> bool:
        spent = await tx._connection.fetchval("SELECT coalesce(sum(coins), 0) FROM gift_spending")
        await at_once.wait()
        if spent + 10 > 30:
            return False
        await tx._connection.execute(
            "INSERT INTO gift_spending VALUES ($1, 'DAY', '2026-11-22', 10, 10000, now())"
            " ON CONFLICT (member_id, span, since) DO UPDATE SET coins = gift_spending.coins + 10",
            member.member_id,
        )
        return True

    async def one() -> bool:
        async with pond.database.writing() as tx:
            return await careless(tx)

    assert sum(await asyncio.gather(*(one() for _ in range(8)))) > 3


async def test_a_minor_gives_nothing_whoever_knows_of_it(pond: Pond) -> None:
    room, _ = await a_room(pond)
    member, gift = await a_member(pond), await a_gift(pond)
    await coins(pond, member, 100)
    operator = await staff(pond, Role.OPERATOR)
    profile = "mutation ($input: ProfileUpdateInput!) { profileUpdate(input: $input) { userErrors { code } } }"

    await pond.ask(profile, member, input={"birthday": "2008-11-23"})
    by_own_words = await give(pond, member, room, gift)
    await pond.ask(VERIFY, operator, input={"memberId": id_of(Kind.MEMBER, member.member_id), "birthday": "2009-01-01"})
    await pond.ask(profile, member, input={"birthday": "1990-01-01"})
    against_what_is_known = await give(pond, member, room, gift)
    await pond.ask(VERIFY, operator, input={"memberId": id_of(Kind.MEMBER, member.member_id), "birthday": "1990-01-01"})
    of_age = await give(pond, member, room, gift)

    assert [e["code"] for e in by_own_words["userErrors"]] == ["NOT_OF_AGE"]
    assert [e["code"] for e in against_what_is_known["userErrors"]] == ["NOT_OF_AGE"]
    assert of_age["userErrors"] == []


async def test_a_brand_may_want_to_know_who_gives(pond: Pond) -> None:
    terms(pond, verified_only=True)
    room, _ = await a_room(pond)
    member, gift = await a_member(pond), await a_gift(pond)
    await coins(pond, member, 100)

    unknown = await give(pond, member, room, gift)
    assert member.member_id is not None
    await resolvers.gift_settlements.verify_birthday(
        pond.context(await staff(pond, Role.OPERATOR)), member.member_id, date(1990, 1, 1)
    )
    known = await give(pond, member, room, gift)

    assert [e["code"] for e in unknown["userErrors"]] == ["NOT_OF_AGE"]
    assert known["userErrors"] == []


async def test_only_operators_say_how_old_somebody_is(pond: Pond) -> None:
    member = await a_member(pond)
    wanted = {"memberId": id_of(Kind.MEMBER, member.member_id), "birthday": "1990-01-01"}

    assert await pond.errors(VERIFY, member, input=wanted) == ["FORBIDDEN"]
    nobody = {**wanted, "memberId": id_of(Kind.MEMBER, uuid4())}
    assert [e["code"] for e in await pond.refused(VERIFY, await staff(pond, Role.OPERATOR), input=nobody)] == [
        "NOT_FOUND"
    ]


async def settled(pond: Pond) -> int:
    return sum([await resolvers.gift_settlements.settle(pond.context()) for _ in range(2)])


async def test_shares_are_handed_out_a_week_after_the_room_ended_and_once(pond: Pond) -> None:
    terms(pond, host_bp=6_000, store_bp=1_000)
    room, host = await a_room(pond)
    member, gift = await a_member(pond), await a_gift(pond, coins=33)
    await coins(pond, member, 100)
    for _ in range(3):
        await give(pond, member, room, gift)

    still_live = await settled(pond)
    await end(pond, room, host)
    pond.later(days=6, hours=23)
    too_early = await settled(pond)
    pond.later(hours=1)
    at_once = await asyncio.gather(*(resolvers.gift_settlements.settle(pond.context()) for _ in range(4)))

    assert (still_live, too_early, sum(at_once)) == (0, 0, 3)
    earned = (await pond.ask(EARNINGS, host, id=room_id(room)))["liveRoom"]["giftEarnings"]
    assert earned["host"] + earned["store"] + earned["brand"] == earned["settled"] == 99
    assert (await pond.ask("{ myGiftCoins }", host))["myGiftCoins"] == earned["host"] == 60
    assert await held(pond, f"store:{room.host.store_id.hex}:gifts") == earned["store"]
    assert await held(pond, f"room:{room.id.hex}:gifts") == 0


async def held(pond: Pond, account: str) -> int:
    (row,) = await pond.select(
        "SELECT coalesce(sum(CASE WHEN destination = $1 THEN amount_minor ELSE -amount_minor END), 0) AS held"
        " FROM ledger_posting WHERE $1 IN (source, destination)",
        account,
    )
    return int(row["held"])


@pytest.mark.parametrize("after_settlement", [False, True])
async def test_a_gift_is_given_back_once(pond: Pond, after_settlement: bool) -> None:
    room, host = await a_room(pond)
    member, gift = await a_member(pond), await a_gift(pond, coins=100)
    await coins(pond, member, 200)
    first, _ = [(await give(pond, member, room, gift))["reward"] for _ in range(2)]
    await end(pond, room, host)
    if after_settlement:
        pond.later(days=7)
        await settled(pond)
    finance = await staff(pond, Role.FINANCE)

    def wanted(key: str) -> dict[str, Any]:
        return {"rewardId": first["id"], "reason": "未成年人", "idempotencyKey": key}

    answers = await asyncio.gather(*(pond.ask(REFUND, finance, input=wanted(str(n % 4))) for n in range(8)))
    pond.later(days=8)
    await settled(pond)

    codes = [e["code"] for one in answers for e in one["rewardRefund"]["userErrors"]]
    assert sum(one["rewardRefund"]["coins"] == 100 for one in answers) == 2, "one key, the first time and replayed"
    assert codes == ["INVALID_STATE"] * 6
    assert (await pond.ask("{ me { coinBalance } }", member))["me"]["coinBalance"] == 100
    earned = (await pond.ask(EARNINGS, finance, id=room_id(room)))["liveRoom"]["giftEarnings"]
    assert (earned["host"], earned["brand"], earned["refunded"], earned["settled"]) == (70, 30, 100, 100)
    assert (await pond.ask("{ myGiftCoins }", host))["myGiftCoins"] == 70


async def test_what_gifts_come_to_is_seen_by_those_who_run_the_room_alone(pond: Pond) -> None:
    room, host = await a_room(pond)
    other, _ = await a_room(pond)

    own = await pond.ask(EARNINGS, host, id=room_id(room))
    of_another = await pond.ask(EARNINGS, host, id=room_id(other))

    assert own["liveRoom"]["giftEarnings"]["host"] == 0
    assert of_another["liveRoom"]["giftEarnings"] is None


async def test_only_finance_gives_back_and_only_what_there_is(pond: Pond) -> None:
    wanted = {"rewardId": id_of(Kind.REWARD, UUID(int=1)), "reason": "误操作", "idempotencyKey": "k"}

    assert await pond.errors(REFUND, await a_member(pond), input=wanted) == ["FORBIDDEN"]
    refused = await pond.refused(REFUND, await staff(pond, Role.FINANCE), input=wanted)
    assert [e["code"] for e in refused] == ["NOT_FOUND"]
