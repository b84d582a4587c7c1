"""The field on which the sample brand is sown: a database, the services that sowing needs, and hands.

A hand sows one thing. Its ids and its chance follow from the thing's name, so that the same thing has the same id
wherever and whenever it is sown, and what is there already is found by its id.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

import httpx
import uuid_utils.compat
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from app.gateways import notify_path, played_gateways
from app.payments import notified
from app.standins.wechat import WechatStandIn
from db.connection import Database
from db.room_log import RoomLog
from domain.identity import VISITOR, Principal
from domain.named_ids import named_id
from domain.room_events import RoomEvent
from providers.sms import Sms
from providers.wechat import Wechat
from resolvers.context import Context
from resolvers.order_desk import OrderDesk
from resolvers.room_writer import RoomWriter
from resolvers.services import Rules, Services
from subscriptions.hub import Hub

FIRST_DAY = datetime(2026, 11, 1, tzinfo=UTC)
"""Ids are dated from here back, so that they are the same everywhere."""
_SECRET = "sown"  # noqa: S105  between us and a stand-in of ours


class Field:
    """A database to sow in, as of now."""

    def __init__(self, database: Database, wechat_app_id: str) -> None:
        self.database = database
        self.now = datetime.now(UTC)
        self._app = Starlette()
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(self._app), base_url="http://standins")
        gateways = played_gateways("", wechat_app_id, _SECRET, self.client, _clock)
        assert gateways.standins is not None, "all of them are played"
        self.bank, self.wechat_pay = gateways.standins.bank, gateways.standins.wechat_pay
        self._writer = RoomWriter(database, _tell_nobody, _clock)
        self._services = Services(
            Rules(),
            Wechat(self.client, wechat_app_id, _SECRET, "http://standins/wechat"),
            Sms(self.client, "http://standins/sms", ""),
            gateways.payments,
            Hub(RoomLog(database)),
            self._writer,
            OrderDesk(database),
            transfers=gateways.transfers,
        )
        self._app.router.routes += [
            Mount("/wechat", WechatStandIn({wechat_app_id: _SECRET}, _clock).app()),
            *gateways.standins.mounts(),
            *(Route(notify_path(each), notified(self._told, each), methods=["POST"]) for each in gateways.payments),
        ]

    def hand(self, name: str, principal: Principal = VISITOR, *, ago: timedelta = timedelta()) -> Context:
        """The context in which the thing with this name is sown, as if it were so long ago."""
        at = self.now - ago
        return Context(
            self.database,
            self._services,
            now=lambda: at,
            new_id=_ids(name, ago),
            principal=principal,
            chance=_chance(name),
        )

    def _told(self) -> Context:
        """The context in which the word of those who take money is taken."""
        return Context(self.database, self._services, now=_clock, new_id=uuid_utils.compat.uuid7)

    async def wechat_code(self, user: str) -> str:
        """What wx.login gives to this user."""
        answer = await self.client.post("/wechat/login", json={"user": user})
        return str(answer.json()["code"])

    async def close(self) -> None:
        await self.bank.all_told()
        await self.wechat_pay.all_told()
        await self._writer.close()
        await self.client.aclose()


def id_of(name: str, ago: timedelta = timedelta(), number: int = 0) -> UUID:
    """The id of the thing with this name, or a further one that was made with it: a UUIDv7 of a day long ago."""
    return named_id(f"{name} {number}", FIRST_DAY - ago)


def _ids(name: str, ago: timedelta) -> Callable[[], UUID]:
    numbers = count()
    return lambda: id_of(name, ago, next(numbers))


def _chance(name: str) -> Callable[[int], bytes]:
    numbers = count()
    return lambda size: hashlib.shake_256(f"{name} chance {next(numbers)}".encode()).digest(size)


def _clock() -> datetime:
    return datetime.now(UTC)


async def _tell_nobody(_room_id: UUID, _events: Sequence[RoomEvent]) -> None:
    """Nobody listens yet; who comes reads the log."""
