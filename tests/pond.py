"""A pond to test in: the product over a real database, and short ways to fill it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import Any
from uuid import UUID

import httpx
import uuid_utils.compat
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from app.gateways import notify_path, played_gateways
from app.payments import notified
from app.standins.sms import SmsStandIn
from app.standins.wechat import WechatStandIn
from db.connection import Database, statement_log
from db.room_log import RoomLog
from domain.bindings import ALL_TRIGGERS, BindingTerms, BindingTrigger
from domain.identity import VISITOR, Principal
from domain.live_reservations import ReminderTerms
from domain.room_events import RoomEvent
from providers.sms import Sms
from providers.wechat import Wechat
from resolvers.context import Context, Locale
from resolvers.followers import PROJECTIONS
from resolvers.order_desk import OrderDesk
from resolvers.projections import go_on
from resolvers.room_writer import RoomWriter
from resolvers.services import Rules, Services
from schema.root import build
from subscriptions.hub import Hub, Told

SECRET = "a-shared-secret"
REMINDER = "live-reminder"
"""The template by which members are reminded of live rooms."""
NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
"""Noon in Shanghai."""


@cache
def the_schema() -> Any:
    return build()


class Pond:
    """The product, its clock in the hand of the test."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.time = NOON
        self.standins = self._standins()
        self.services = Services(
            # One member may be a crowd here; how many orders may wait unpaid is held in tests/acceptance/test_g_orders.py.
            Rules(
                reminders=ReminderTerms(REMINDER),
                unpaid_orders=0,
                # What opens a share is a touch here; that it binds as well is held in the tests about bindings.
                binding=BindingTerms(triggers=ALL_TRIGGERS - {BindingTrigger.SHARE}),
            ),
            Wechat(self.standins, "wx-app", "wx-secret", "http://standins/wechat"),
            Sms(self.standins, "http://standins/sms"),
            self.gateways.payments,
            hub := Hub(RoomLog(database)),
            RoomWriter(database, partial(_deliver, hub), lambda: self.time),
            OrderDesk(database),
            sharing=self.gateways.sharing,
            transfers=self.gateways.transfers,
        )

    def _standins(self) -> httpx.AsyncClient:
        """A client of the services that the product calls, which run within the test and keep its time."""
        self.wechat = wechat = WechatStandIn({"wx-app": "wx-secret", "wx-other": "wx-secret"}, now=lambda: self.time)
        sms = SmsStandIn(now=lambda: self.time)
        app = Starlette()
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://standins")
        self.gateways = gateways = played_gateways("", "wx-app", SECRET, client, lambda: self.time)
        assert gateways.standins is not None
        self.bank, self.wechat_pay, self.alipay = (
            gateways.standins.bank,
            gateways.standins.wechat_pay,
            gateways.standins.alipay,
        )
        app.router.routes += [
            Mount("/wechat", wechat.app()),
            Mount("/sms", sms.app()),
            *gateways.standins.mounts(),
            *(Route(notify_path(each), notified(self.context, each), methods=["POST"]) for each in gateways.payments),
        ]
        return client

    def context(self, principal: Principal = VISITOR, locale: Locale = Locale.EN) -> Context:
        return Context(
            self.database,
            self.services,
            now=lambda: self.time,
            new_id=uuid_utils.compat.uuid7,
            principal=principal,
            locale=locale,
            request_id="a-request",
        )

    async def project(self) -> None:
        """Let everything that follows the outbox come up with it."""
        for projection in PROJECTIONS:
            at_once = partial(go_on, projection, self.context(), timedelta(0))
            while await at_once() or await at_once():  # a number that was rolled back takes a second look
                pass

    def later(self, **by: float) -> datetime:
        """Let time pass."""
        self.time += timedelta(**by)
        return self.time

    async def execute(
        self, document: str, principal: Principal = VISITOR, *, locale: Locale = Locale.EN, **variables: Any
    ) -> Any:
        """The whole result of a document."""
        return await the_schema().execute(
            document, variable_values=variables, context_value=self.context(principal, locale)
        )

    async def ask(
        self, document: str, principal: Principal = VISITOR, *, locale: Locale = Locale.EN, **variables: Any
    ) -> Any:
        """The data of a document that meets no error."""
        result = await self.execute(document, principal, locale=locale, **variables)
        assert result.errors is None, result.errors
        return result.data

    async def refused(self, document: str, principal: Principal = VISITOR, **variables: Any) -> list[Any]:
        """The `userErrors` of a document's one mutation."""
        data = await self.ask(document, principal, **variables)
        (payload,) = data.values()
        return payload["userErrors"]

    async def errors(self, document: str, principal: Principal = VISITOR, **variables: Any) -> list[str]:
        """The codes of the errors at the top of a document's answer."""
        result = await self.execute(document, principal, **variables)
        return [error.extensions["code"] for error in result.errors or []]

    async def select(self, sql: str, *values: Any) -> list[Any]:
        """Look into the database as an operator would."""
        async with self.database._pool.acquire() as connection:
            return await connection.fetch(sql, *values)


@contextmanager
def statements() -> Iterator[list[str]]:
    """The SQL statements that are run within the block."""
    log: list[str] = []
    token = statement_log.set(log)
    try:
        yield log
    finally:
        statement_log.reset(token)


def as_member(member_id: UUID, principal: Principal = VISITOR) -> Principal:
    return replace(principal, member_id=member_id)


async def _deliver(hub: Hub, room_id: UUID, events: Sequence[RoomEvent]) -> None:
    hub.receive(Told(room_id, events[0].seq, events[-1].seq, tuple(events)))
