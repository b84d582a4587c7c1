"""C46: a webhook is tried again with the same delivery id, and its consumer orders by sequence."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from random import Random

from tests.acceptance.erp import an_erp, by_order
from tests.acceptance.money import a_good, a_paid_order, places
from tests.deployments import Shop
from tests.makers_payments import CANCEL
from tests.makers_webhooks import Receiver, verified
from tests.waiting import until

ROOT = Path(__file__).parent.parent.parent


async def test_every_event_arrives_in_order_with_one_id_whatever_fails(shop: Shop) -> None:
    luck, good = Random(46), await a_good(shop, 50_00)
    async with an_erp(shop) as erp:
        token = await shop.a_token()
        paid = [(await a_paid_order(shop, token, (good, 1)))[0] for _ in range(3)]
        dropped, _ = await places(shop, token, (good, 1))
        await shop.ask(CANCEL, token, id=dropped)
        await erp.tell()

        await _killed_while_sending(shop, erp.receiver)
        erp.receiver.answer = lambda _: 200 if luck.random() < 0.5 else 500
        for _ in range(40):
            if len(erp.receiver.taken()) == 8:
                break
            await erp.send()
        found = await erp.deliveries(await shop.a_token(erp.operator))

    told = by_order(erp.receiver.taken())
    assert {order: [event["type"] for event in told[order]] for order in paid} == {
        order: ["order.placed", "order.paid"] for order in paid
    }
    assert [event["type"] for event in told[dropped]] == ["order.placed", "order.cancelled"]
    assert all(first["sequence"] < second["sequence"] for first, second in told.values())
    assert {verified(heard, erp.secret)["id"] for heard in erp.receiver.heard} == {
        delivery["event"]["id"] for delivery in found["nodes"]
    }
    ids = {(heard.event["id"], heard.id) for heard in erp.receiver.heard}
    assert ids == {(delivery["event"]["id"], delivery["id"]) for delivery in found["nodes"]}
    assert len(ids) == 8 < len(erp.receiver.heard)
    assert {delivery["state"] for delivery in found["nodes"]} == {"DELIVERED"}


async def _killed_while_sending(shop: Shop, receiver: Receiver) -> None:
    """A process sends and is killed (`kill -9`) while the ERP thinks about it."""

    async def think(*_: object) -> None:
        await asyncio.sleep(60)

    receiver.raw = think
    sender = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.acceptance.webhook_sender", shop.dsn, cwd=ROOT
    )
    await until(lambda: len(receiver.heard) == 4, 30)
    sender.kill()
    await sender.wait()
    receiver.raw = None
