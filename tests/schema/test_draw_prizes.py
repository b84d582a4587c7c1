"""Prizes of draws: set aside before anybody sees them, handed out once, and given back when nobody has them."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from random import Random
from typing import Any

import pytest

import db.ledger
import db.stock
import resolvers.drawing
from domain.draw_terms import DrawKind, Fairness
from domain.identity import Role
from domain.ledger import COINS_ISSUED, coin_wallet, draw_pot
from domain.room_events import LiveRoomState
from domain.sponsors import Sponsor
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_variant
from tests.makers_draws import a_draw, balance_of, entered, goods, named, of_coins, prepared, sum_of
from tests.makers_live import a_room, coins
from tests.makers_members import a_member, staff
from tests.pond import Pond
from tests.schema.test_draws import CLOSE, ENTER, OPEN, PREPARE, WITHDRAW, drawn, key, members, result

CLAIM = """mutation($id: ID!, $address: ID) { drawPrizeClaim(input: {drawId: $id, addressId: $address}) {
  win { prize { name } claimedAt } replayed userErrors { code } } }"""
SAVE_ADDRESS = """mutation { addressSave(input: {name: "小美", phone: "13812345678", province: "浙江", city: "杭州",
  district: "西湖", line: "龙井路 1 号"}) { address { id } } }"""


async def test_goods_are_set_aside_handed_out_and_given_back(pond: Pond) -> None:
    variant = await a_variant(pond, stock=10)
    draw, _, host = await a_draw(pond, goods(variant.id, 3))
    mei, lan = await members(pond, 2)

    async def level() -> tuple[int, int, int]:
        found = (await db.stock.levels_of(pond.database.reading(), [variant.id]))[variant.id]
        return found.sellable, found.carved, found.sold

    assert await level() == (7, 3, 0)
    await entered(pond, draw, mei, lan)
    await drawn(pond, draw)
    assert await level() == (8, 2, 0)
    address = (await pond.ask(SAVE_ADDRESS, mei))["addressSave"]["address"]["id"]
    assert await pond.refused(CLAIM, mei, id=key(draw)) == [{"code": "BAD_USER_INPUT"}]
    assert await pond.refused(CLAIM, lan, id=key(draw), address=address) == [{"code": "NOT_FOUND"}]
    claims = await asyncio.gather(*(pond.ask(CLAIM, mei, id=key(draw), address=address) for _ in range(8)))
    assert sorted(one["drawPrizeClaim"]["replayed"] for one in claims) == [False] + [True] * 7
    assert await level() == (8, 1, 1)
    told = await result(pond, draw, host)
    assert told["claims"] == [
        {"winnerName": "小0", "prize": {"name": "盖碗"}, "address": {"city": "杭州", "phone": "+8613812345678"}}
    ]
    assert (await result(pond, draw, lan))["claims"] is None

    pond.later(hours=25)
    assert await pond.refused(CLAIM, lan, id=key(draw)) == [{"code": "INVALID_STATE"}]
    assert sum(await asyncio.gather(*(resolvers.drawing.lapse(pond.context()) for _ in range(4)))) == 1
    assert await level() == (9, 0, 1)
    assert (await result(pond, draw, lan))["myPrize"]["lapsedAt"] is not None


async def test_a_page_of_claims_is_of_each_draw_however_many_are_read_together(pond: Pond) -> None:
    room, host = await a_room(pond)
    winners = await members(pond, 3)
    for _ in range(2):
        draft = await prepared(pond, host, room, named(3), most_wins=99)
        await pond.ask(OPEN, host, id=key(draft))
        await entered(pond, draft, *winners)
        await pond.ask(CLOSE, host, id=key(draft))
        for one in winners:
            assert await pond.refused(CLAIM, one, id=key(draft)) == []

    page = """query($id: ID!) { liveRoom(id: $id) { draws { claims(first: 2) { position }
      rest: claims(first: 2, after: 2) { position } } } }"""
    draws = (await pond.ask(page, host, id=id_of(Kind.LIVE_ROOM, room.id)))["liveRoom"]["draws"]

    assert [[len(draw["claims"]), len(draw["rest"])] for draw in draws] == [[2, 1]] * 2


async def test_a_shop_that_holds_less_than_is_promised_opens_no_draw(pond: Pond) -> None:
    variant = await a_variant(pond, stock=2)
    room, host = await a_room(pond)
    draft = await prepared(pond, host, room, goods(variant.id, 3))

    assert await pond.refused(OPEN, host, id=key(draft)) == [{"code": "INSUFFICIENT_STOCK"}]
    assert (await pond.select("SELECT state FROM draw"))[0]["state"] == "DRAFT"


async def test_coins_are_put_aside_paid_to_winners_and_the_rest_returns(pond: Pond) -> None:
    draw, _, host = await a_draw(pond, of_coins(3, 100))
    assert (await balance_of(pond, host), await sum_of(pond, draw_pot(draw.id))) == (700, 300)
    mei, lan = await members(pond, 2)
    await entered(pond, draw, mei, lan)

    await drawn(pond, draw)

    assert [await balance_of(pond, who) for who in (mei, lan, host)] == [100, 100, 800]
    assert await sum_of(pond, draw_pot(draw.id)) == 0


async def test_nobody_promises_coins_of_others(pond: Pond) -> None:
    room, host = await a_room(pond)
    manager = await staff(pond, Role.STORE_MANAGER)
    await coins(pond, host, 500)
    draft = await prepared(pond, host, room, of_coins(1, 500))

    assert await pond.refused(OPEN, manager, id=key(draft)) == [{"code": "FORBIDDEN"}]
    prizes = [{"kind": "COINS", "name": "金币", "count": 1, "coins": 500}]
    asked = {"liveRoomId": id_of(Kind.LIVE_ROOM, room.id), "kind": "LUCKY_DRAW", "title": "抽奖", "prizes": prizes}
    asked |= {"idempotencyKey": "k", "sponsor": "BRAND"}
    assert (await pond.refused(PREPARE, host, input=asked))[0]["code"] == "FORBIDDEN"
    await coins(pond, manager, 1)
    own = await prepared(pond, manager, room, of_coins(1, 500))
    assert await pond.refused(OPEN, manager, id=key(own)) == [{"code": "INSUFFICIENT_COINS"}]


async def test_a_draw_that_is_withdrawn_gives_everything_back(pond: Pond) -> None:
    variant = await a_variant(pond, stock=5)
    draw, _, host = await a_draw(pond, goods(variant.id, 2), of_coins(2, 50))
    await entered(pond, draw, await a_member(pond))

    answers = [(await pond.ask(WITHDRAW, host, id=key(draw)))["drawWithdraw"] for _ in range(2)]

    assert [one["replayed"] for one in answers] == [False, True]
    level = (await db.stock.levels_of(pond.database.reading(), [variant.id]))[variant.id]
    assert (level.sellable, level.carved, await balance_of(pond, host)) == (5, 0, 1_000)
    assert await pond.refused(CLOSE, host, id=key(draw)) == [{"code": "INVALID_STATE"}]


@pytest.mark.parametrize(("state", "ends"), [(LiveRoomState.ENDED, "DRAWN"), (LiveRoomState.BANNED, "WITHDRAWN")])
async def test_a_room_that_is_over_leaves_no_draw_open(pond: Pond, state: LiveRoomState, ends: str) -> None:
    draw, room, host = await a_draw(pond, of_coins(2, 50), kind=DrawKind.LUCKY_DRAW, countdown_s=None)
    await entered(pond, draw, await a_member(pond))
    await pond.select("UPDATE live_room SET state = $2 WHERE id = $1", room.id, state.value)

    await resolvers.drawing.keep_going(pond.context())

    assert (await pond.select("SELECT state FROM draw"))[0]["state"] == ends
    assert await balance_of(pond, host) == (950 if ends == "DRAWN" else 1_000)


async def test_who_won_enough_in_any_room_wins_no_more_for_thirty_days(pond: Pond) -> None:
    first, _, _ = await a_draw(pond)
    open_before, _, _ = await a_draw(pond, countdown_s=90)
    mei = await a_member(pond)
    await entered(pond, first, mei)
    await entered(pond, open_before, mei)
    await drawn(pond, first)
    after, _, _ = await a_draw(pond)

    assert await pond.refused(ENTER, mei, id=key(after)) == [{"code": "LIMIT_PER_MEMBER"}]
    await drawn(pond, open_before)
    told = await result(pond, open_before, mei)
    assert (told["card"]["winnerCount"], told["participants"][0]["turn"]) == (0, "NEVER")
    pond.later(days=30)
    again, _, _ = await a_draw(pond)
    assert await pond.refused(ENTER, mei, id=key(again)) == []


async def test_two_draws_at_once_do_not_both_count_a_member_as_a_non_winner(pond: Pond) -> None:
    mei = await a_member(pond)
    draws = [(await a_draw(pond))[0] for _ in range(6)]
    for draw in draws:
        await entered(pond, draw, mei)
    pond.later(seconds=60)
    for _ in draws:
        await resolvers.drawing._close_one(pond.context())

    await asyncio.gather(*(resolvers.drawing.draw(pond.context(), draw.id) for draw in draws))

    assert len(await pond.select("SELECT 1 FROM draw_win")) == 1


async def test_non_winners_first(pond: Pond) -> None:
    mei, lan = await members(pond, 2)
    first, _, _ = await a_draw(pond)
    await entered(pond, first, mei)
    await drawn(pond, first)

    for _ in range(3):
        draw, _, _ = await a_draw(pond, fairness=Fairness.NON_WINNERS_FIRST, most_wins=9)
        await entered(pond, draw, mei, lan)
        await drawn(pond, draw)
        await pond.select("DELETE FROM draw_win WHERE draw_id = $1 AND member_id = $2", draw.id, lan.member_id)

    assert len(await pond.select("SELECT 1 FROM draw_win WHERE member_id = $1", mei.member_id)) == 1


async def test_a_brand_gives_coins_where_those_who_keep_its_books_say_so(pond: Pond) -> None:
    room, _ = await a_room(pond)
    operator = await staff(pond, Role.OPERATOR)
    mei = await a_member(pond)
    draft = await prepared(pond, operator, room, of_coins(1, 500), sponsor=Sponsor.BRAND)
    await resolvers.draws.open_(pond.context(operator), draft.id)
    await entered(pond, draft, mei)

    await drawn(pond, draft)

    assert await balance_of(pond, mei) == 500


async def test_whatever_becomes_of_draws_coins_and_stock_are_neither_made_nor_lost(pond: Pond) -> None:
    """A seeded run: draws are entered, closed, withdrawn and left to the clock, prizes claimed or not."""
    chance = Random(65)
    variant = await a_variant(pond, stock=20)
    crowd = await members(pond, 6)
    draws = [await a_draw(pond, goods(variant.id, 2), of_coins(3, 7), named(1), most_wins=9) for _ in range(5)]
    address = {who: (await pond.ask(SAVE_ADDRESS, who))["addressSave"]["address"]["id"] for who in crowd}

    def deed() -> Coroutine[Any, Any, Any]:
        (draw, _, host), who = chance.choice(draws), chance.choice(crowd)
        document, by = chance.choices(
            [(ENTER, who), (CLAIM, who), (CLOSE, host), (WITHDRAW, host)], weights=[9, 9, 1, 1]
        )[0]
        more = {"address": address[who]} if document is CLAIM else {}
        return pond.ask(document, by, id=key(draw), **more)

    for _ in range(20):
        work = [resolvers.drawing.keep_going(pond.context()) for _ in range(chance.randint(0, 2))]
        await asyncio.gather(*(deed() for _ in range(8)), *work)
        pond.later(seconds=chance.choice([0, 1, 8]))
    for _ in range(2):
        pond.later(days=2)
        while await resolvers.drawing.keep_going(pond.context()) + await resolvers.drawing.lapse(pond.context()):
            pass

    level = (await db.stock.levels_of(pond.database.reading(), [variant.id]))[variant.id]
    claimed = await pond.select(
        """SELECT count(*) FROM draw_win w JOIN draw_prize p ON p.id = w.prize_id
           WHERE p.kind = 'GOODS' AND w.claimed_at IS NOT NULL"""
    )
    assert (level.sellable, level.carved, level.sold) == (20 - claimed[0][0], 0, claimed[0][0])
    wallets = [coin_wallet(one) for one in (who.member_id for who in [*crowd, *(host for _, _, host in draws)]) if one]
    balances = await db.ledger.balances_of(pond.database.reading(), wallets)
    assert sum(balances.values()) == -await sum_of(pond, COINS_ISSUED) == 5 * 1_000
    assert [await sum_of(pond, draw_pot(draw.id)) for draw, _, _ in draws] == [0] * 5
