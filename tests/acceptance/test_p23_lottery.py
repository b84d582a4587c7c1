"""P23 Lottery: weights as published, five of five given, the rest to the consolation; wrong weights are refused.

The share of the first prize over 100,000 draws is in tests/domain/test_lotteries.py: it needs no server.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import uuid4

from domain.identity import Role
from schema.ids import Kind, id_of
from tests.deployments import Shop
from tests.makers_lotteries import a_lottery, nothing, points
from tests.makers_members import staff

DRAW = """mutation ($input: LotteryDrawInput!) { lotteryDraw(input: $input) {
  draw { number prize { kind } } userErrors { code } } }"""
MINE = "query { myLotteryDraws(first: 5) { nodes { lottery { id } prize { kind points } } } }"
SAVE = "mutation ($input: LotterySaveInput!) { lotterySave(input: $input) { userErrors { code path } } }"


async def test_with_stock_5_exactly_5_are_given_to_64_who_draw_at_once(shop: Shop) -> None:
    week = {"starts_at": shop.pond.time - timedelta(hours=1), "ends_at": shop.pond.time + timedelta(days=7)}
    lottery = await a_lottery(shop.pond, points(10_000, 88, stock=5), nothing(0), **week)
    tokens = await asyncio.gather(*(shop.a_token() for _ in range(64)))

    async def draw(token: str) -> Any:
        asked = {"lotteryId": id_of(Kind.LOTTERY, lottery.id), "idempotencyKey": uuid4().hex}
        return (await shop.ask(DRAW, token, input=asked))["lotteryDraw"]["draw"]["prize"]["kind"]

    kinds = await asyncio.gather(*(draw(token) for token in tokens))

    assert Counter(kinds) == {"POINTS": 5, "NONE": 59}
    winner = tokens[kinds.index("POINTS")]
    (mine,) = (await shop.ask(MINE, winner))["myLotteryDraws"]["nodes"]
    assert mine["prize"] == {"kind": "POINTS", "points": 88}


async def test_weights_that_are_not_the_whole_are_rejected(shop: Shop) -> None:
    token = await shop.a_token(await staff(shop.pond, Role.OPERATOR))
    prizes = [
        {"kind": "POINTS", "name": "一等奖", "probabilityBp": 100, "points": 1},
        {"kind": "POINTS", "name": "二等奖", "probabilityBp": 900, "points": 1},
        {"kind": "NONE", "name": "谢谢参与", "probabilityBp": 9_001, "isConsolation": True},
    ]
    times = {"startsAt": "2026-11-22T00:00:00Z", "endsAt": "2026-11-23T00:00:00Z"}

    answer = await shop.ask(SAVE, token, input={"name": "转盘", "prizes": prizes, **times})

    assert answer["lotterySave"]["userErrors"] == [{"code": "BAD_USER_INPUT", "path": ["input", "prizes"]}]
