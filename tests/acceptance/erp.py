"""What the scenarios of webhooks share: an ERP that is told of orders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import resolvers.webhook_sending
from domain.identity import Principal, Role
from resolvers.projections import go_on
from resolvers.webhook_telling import EVENTS
from tests.deployments import Shop
from tests.makers_members import staff
from tests.makers_webhooks import ENDPOINT, REMOVE, SAVE, Receiver, near, receiving

ORDERS = ["ORDER_PLACED", "ORDER_PAID", "ORDER_CANCELLED"]


class Erp:
    """An ERP that was registered over HTTP, and the jobs that tell it."""

    def __init__(self, shop: Shop, receiver: Receiver, operator: Principal) -> None:
        self.shop = shop
        self.receiver = receiver
        self.operator = operator
        self.id = ""
        self.secret = ""

    async def tell(self) -> None:
        """Make deliveries of all that happened."""
        at_once = partial(go_on, EVENTS, self.shop.pond.context(), timedelta(0))
        while await at_once() or await at_once():
            pass

    async def send(self) -> int:
        """Send all that waits, as if the time for it had come."""
        self.shop.pond.time = datetime.now(UTC)
        await self.shop.pond.select("UPDATE webhook_endpoint SET resting_until = NULL")
        await self.shop.pond.select("UPDATE webhook_delivery SET next_try_at = now() - interval '1 minute' "
                                    "WHERE next_try_at IS NOT NULL")  # fmt: skip
        return await resolvers.webhook_sending.send_due(self.shop.pond.context())

    async def deliveries(self, token: str) -> Any:
        return (await self.shop.ask(ENDPOINT, token, id=self.id))["webhookEndpoint"]["deliveries"]


@asynccontextmanager
async def an_erp(shop: Shop) -> AsyncIterator[Erp]:
    """An ERP that is told of orders from now on, until the block ends."""
    near(shop.pond)
    async with receiving() as receiver:
        erp = Erp(shop, receiver, await staff(shop.pond, Role.OPERATOR))
        await erp.tell()  # of what others did nobody is told
        token = await shop.a_token(erp.operator)
        answer = await shop.ask(SAVE, token, input={"url": receiver.url, "types": ORDERS})
        erp.id, erp.secret = (
            answer["webhookEndpointSave"]["webhookEndpoint"]["id"],
            answer["webhookEndpointSave"]["secret"],
        )
        yield erp
        await shop.ask(REMOVE, token, input={"webhookEndpointId": erp.id})


def by_order(told: Sequence[Any]) -> dict[str, list[Any]]:
    """Events in the order in which they arrived, by the order that they are about."""
    found: dict[str, list[Any]] = defaultdict(list)
    for event in told:
        found[event["subject"]].append(event)
    return dict(found)
