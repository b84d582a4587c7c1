"""What the scenarios of guides share: customers, second levels, orders that arrive, and what became of commissions."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import resolvers.commissions
from domain.catalogue import Variant
from domain.identity import Principal, Role
from tests.acceptance.money import a_paid_order, confirms, pays, staff_token
from tests.acceptance.test_p01_stacked_price import the_cart
from tests.deployments import Shop
from tests.makers_bindings import TRANSFER, guide_id
from tests.makers_commissions import SET_RATE
from tests.makers_fulfilment import RECEIVE, SEND
from tests.makers_guides import guide_of
from tests.pond import Pond
from tests.schema.test_commissions import END_RATE
from tests.schema.test_guides import SET_INVITER

PLACE = """mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) {
  order { id total { minor } shipping { minor } lines { id } } userErrors { code message path } } }"""
EARNED = """{ myCommissions(first: 20) { nodes { orderId level base { minor } rateBp amount { minor } state releaseAt
  clawedBack { minor } left { minor } } } }"""


async def one(shop: Shop, document: str, token: str | None, **given: Any) -> Any:
    """The payload of a mutation."""
    (answer,) = (await shop.ask(document, token, input=given)).values()
    return answer


async def becomes_customer(shop: Shop, token: str, guide: Principal) -> None:
    """An operator gives a member to a guide."""
    me = (await shop.ask("{ me { id } }", token))["me"]["id"]
    given = {"memberId": me, "toGuideId": await guide_id(shop.pond, guide), "reason": "到店"}
    assert (await one(shop, TRANSFER, await staff_token(shop, Role.OPERATOR), **given))["userErrors"] == []


async def brings(shop: Shop, inviter: Principal, guide: Principal) -> list[str]:
    """An operator notes who brought a guide; the refusals."""
    ids = {"guideId": await guide_id(shop.pond, guide), "inviterId": await guide_id(shop.pond, inviter)}
    version = (await guide_of(shop.pond, guide)).version
    operator = await staff_token(shop, Role.OPERATOR)
    answer = await one(shop, SET_INVITER, operator, **ids, expectedVersion=version, reason="补登")
    return [error["code"] for error in answer["userErrors"]]


@asynccontextmanager
async def a_second_level(shop: Shop) -> AsyncIterator[None]:
    """The second level earns 2 % for as long as the block lasts."""
    finance = await staff_token(shop)
    wanted = {"scope": "EVERYTHING", "level": "SECOND", "rateBp": 200, "understood": True}
    answer = await one(shop, SET_RATE, finance, **wanted)
    assert answer["userErrors"] == [], answer
    try:
        yield
    finally:
        rate = answer["rate"]
        ended = await one(shop, END_RATE, finance, rateId=rate["id"], expectedVersion=rate["version"])
        assert ended["userErrors"] == []


async def the_order(shop: Shop, guide: Principal) -> tuple[str, list[str]]:
    """The order of P1, paid by a customer of the guide, and its lines."""
    token, lines, terms = await the_cart(shop)
    await becomes_customer(shop, token, guide)
    placed = await one(shop, PLACE, token, **lines, **terms, idempotencyKey=uuid4().hex)
    assert placed["userErrors"] == [], placed
    order = placed["order"]
    await confirms(shop, (await pays(shop, token, order["id"]))["payment"])
    assert (order["total"]["minor"], order["shipping"]["minor"]) == (322_91, 8_00)
    return order["id"], [line["id"] for line in order["lines"]]


async def arrives(shop: Shop, token: str, order_id: str) -> None:
    """An order leaves, and its buyer has it."""
    packed = {"orderId": order_id, "carrier": "顺丰", "trackingNumber": "SF1", "idempotencyKey": uuid4().hex}
    assert (await one(shop, SEND, await staff_token(shop, Role.OPERATOR), **packed))["userErrors"] == []
    assert (await shop.ask(RECEIVE, token, id=order_id))["orderReceive"]["userErrors"] == []


async def a_received_order(shop: Shop, token: str, *lines: tuple[Variant, int]) -> tuple[str, list[str]]:
    order_id, line_ids = await a_paid_order(shop, token, *lines)
    await arrives(shop, token, order_id)
    return order_id, line_ids


async def earned(shop: Shop, guide: Principal) -> list[Any]:
    """What a guide sees of what it earned, the dearest line first."""
    nodes = (await shop.ask(EARNED, await shop.a_token(guide)))["myCommissions"]["nodes"]
    return sorted(nodes, key=lambda found: -found["base"]["minor"])


async def the_job_releases(shop: Shop) -> None:
    """Let the job release what is due by now."""
    while await resolvers.commissions.release_due(replace(shop.pond.context(), now=lambda: datetime.now(UTC))):
        pass


async def all_follows(shop: Shop) -> Pond:
    """Let everything that follows the outbox come up with it, as of now."""
    here = Pond(shop.pond.database)
    here.time = datetime.now(UTC)
    await here.project()
    return here
