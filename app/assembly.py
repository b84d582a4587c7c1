"""Puts the parts together: one object with everything that a process of ours has one of."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import uuid_utils.compat
from broadcaster import BroadcastBackend

import db.room_log
import engine
import schema.root
from app import video
from app.gate import Caller, Gate
from app.gateways import Gateways, gateways_of
from app.likes import LikeWriter
from app.news import LATEST
from app.plays import installed_plays
from app.presence import Presence
from app.relay import Relay
from app.settings import Attribution, Binding, Points, Settings, Withdrawal
from app.standins.gateways import GatewayStandIns
from db import embedded, migrate
from db.connection import Database
from db.postgres_bus import PostgresWire
from domain.after_sales import AfterSaleTerms
from domain.bindings import BindingTerms
from domain.bullets import BulletTerms
from domain.codes import CodeTerms
from domain.commissions import CommissionTerms
from domain.complaints import ComplaintTerms
from domain.coupons import CouponPolicy
from domain.egress import EgressTerms
from domain.evidence import AttributionPolicy, RoomSales, TouchRule
from domain.extras import Policy
from domain.identity import Principal
from domain.live_invites import InviteTerms
from domain.live_reservations import ReminderTerms
from domain.points import PointsRules
from domain.shipments import ReceiptTerms
from domain.withdrawals import WithdrawalTerms
from providers.sms import Sms
from providers.webhooks import Webhooks
from providers.wechat import Wechat
from providers.words import WordList, built_in_words
from resolvers.context import Context
from resolvers.members import principal_of
from resolvers.order_desk import OrderDesk
from resolvers.room_writer import RoomWriter
from resolvers.services import Rules, Services
from subscriptions.bus import Bus, WireBackend
from subscriptions.feeds import Feeds
from subscriptions.hub import Hub
from subscriptions.redis_bus import RedisWire

WECHAT, SMS = "/standins/wechat", "/standins/sms"
"""Where the stand-ins are mounted, beside those that take money."""

OUTWARD = httpx.Limits(max_connections=100, keepalive_expiry=2)
"""Connections to others are given up before they would be: a request on one that is just being closed is lost."""


@dataclass
class Pond:
    """The product, put together and running. Live events flow from its outbox to whoever listens."""

    settings: Settings
    database: Database
    services: Services
    schema: engine.Schema
    gate: Gate
    bus: Bus
    relay: Relay
    presence: Presence
    likes: LikeWriter
    client: httpx.AsyncClient
    dsn: str
    standins: GatewayStandIns | None = None
    """Those who take money, where this process plays them."""

    @property
    def hub(self) -> Hub:
        return self.services.hub

    def context(self, caller: Caller | None = None) -> Context:
        """The context of a request, or of work that nobody asked for."""
        return self.gate.context(caller or Caller())


@asynccontextmanager
async def open_pond(settings: Settings, *, now: Callable[[], datetime] | None = None) -> AsyncIterator[Pond]:
    """Connect everything, bring the database to its newest shape where it is our own, and run what runs by itself.

    Everything stops with the block, in the opposite order.
    """
    clock = now or _now
    async with AsyncExitStack() as stack:
        dsn = await _dsn(settings)
        database = await Database.connect(dsn, most_connections=settings.database_connections)
        stack.push_async_callback(database.close)
        client = await stack.enter_async_context(httpx.AsyncClient(timeout=5, limits=OUTWARD))
        hub = Hub(db.room_log.RoomLog(database))
        bus = _bus(settings, dsn, hub, feeds := Feeds())
        await bus.start()
        stack.push_async_callback(bus.close)
        writer = RoomWriter(database, bus.publish, clock, _bullet_terms(settings))
        stack.push_async_callback(writer.close)
        desk = OrderDesk(database)
        stack.push_async_callback(desk.close)
        gateways = gateways_of(settings, client, clock)
        services = _services(settings, client, hub, writer, desk, gateways, feeds)
        pond = _pond(settings, database, services, bus, client, dsn, clock)
        pond.standins = gateways.standins
        _run(stack, hub.watch())
        if settings.relay:
            _run(stack, pond.relay.run())
        stack.push_async_callback(_quietly, pond.presence.leave)
        _run(stack, pond.presence.run())
        stack.push_async_callback(pond.likes.close)
        _run(stack, pond.likes.run())
        yield pond


def _pond(
    settings: Settings,
    database: Database,
    services: Services,
    bus: Bus,
    client: httpx.AsyncClient,
    dsn: str,
    now: Callable[[], datetime],
) -> Pond:
    built = schema.root.build(introspection=settings.introspection)

    async def identify(token: str) -> Principal | None:
        return await principal_of(database, token, now())

    context, process_id = _contexts(database, services, now), uuid_utils.compat.uuid7()
    return Pond(
        settings=settings,
        database=database,
        services=services,
        schema=built,
        gate=Gate(built, services.hub, context, identify, settings.limits, settings.allowed_origins),
        bus=bus,
        relay=Relay(database, bus.publish, LATEST, now, bus.tell),
        presence=Presence(database, services.hub, process_id, now),
        likes=LikeWriter(database, services.likes, process_id, now),
        client=client,
        dsn=dsn,
    )


def _bus(settings: Settings, dsn: str, hub: Hub, feeds: Feeds) -> Bus:
    def doubt() -> None:
        hub.doubt()
        feeds.doubt()

    return Bus(_backend(settings, dsn), hub.receive, doubt, uuid_utils.compat.uuid7().hex, feeds.tell)


def _contexts(database: Database, services: Services, now: Callable[[], datetime]) -> Callable[[Caller], Context]:
    def context(caller: Caller) -> Context:
        return Context(
            database,
            services,
            now,
            uuid_utils.compat.uuid7,
            caller.principal,
            caller.locale,
            caller.request_id,
            caller.client,
        )

    return context


def _services(
    settings: Settings,
    client: httpx.AsyncClient,
    hub: Hub,
    writer: RoomWriter,
    desk: OrderDesk,
    gateways: Gateways,
    feeds: Feeds,
) -> Services:
    own = settings.own_url
    wechat_url = own + WECHAT if settings.standins else settings.wechat_url
    sms_url = own + SMS if settings.standins else settings.sms_url or ""
    return Services(
        _rules(settings),
        Wechat(client, settings.wechat_app_id, settings.wechat_secret, wechat_url),
        Sms(client, sms_url, settings.sms_key),
        gateways.payments,
        hub,
        writer,
        desk,
        words=WordList.read(settings.words_file) if settings.words_file else built_in_words(),
        feeds=feeds,
        plays=installed_plays(),
        video=video.provider_of(settings.live_video, settings.video, own),
        sharing=gateways.sharing,
        transfers=gateways.transfers,
        webhooks=Webhooks(EgressTerms(settings.webhooks.ports, settings.webhooks.loopback)),
    )


def _bullet_terms(settings: Settings) -> BulletTerms:
    return BulletTerms(settings.bullets_shown_per_s, settings.bullets_may_link)


def _rules(settings: Settings) -> Rules:
    return Rules(
        bullets=_bullet_terms(settings),
        video=video.terms_of(settings.video),
        after_sales=AfterSaleTerms(
            timedelta(days=settings.after_sale_days),
            Policy.CHARGE_BACK if settings.gifts_are_deducted else Policy.KEEP,
            Policy.CHARGE_BACK if settings.add_ons_are_charged_back else Policy.KEEP,
        ),
        codes=CodeTerms(settings.own_url, settings.codes.link, settings.codes.page, settings.codes.version),
        complaints=ComplaintTerms(timedelta(hours=settings.complaint_answer_hours)),
        tax_bp=settings.tax_bp,
        receipt=ReceiptTerms(
            timedelta(days=settings.receive_days),
            # As long as a buyer may ask for an after-sale, the order is not done with.
            timedelta(days=max(settings.complete_days, settings.after_sale_days)),
        ),
        price_guard=timedelta(days=settings.price_guard_days),
        unpaid_orders=settings.unpaid_orders,
        orders_need_gifts=settings.orders_need_gifts,
        coupons=CouponPolicy(settings.coupons_come_back, settings.coupons_go_together),
        shares_profit=settings.wechat_pay.shares_profit,
        points=_points(settings.points),
        binding=_binding(settings.binding),
        attribution=_attribution(settings.attribution),
        commission=_commission(settings),
        withdrawal=_withdrawal(settings.withdrawal),
        person_salt=settings.person_salt,
        link_hosts=frozenset(host.lower() for host in settings.link_hosts),
        invites=InviteTerms(timedelta(seconds=settings.invite_watched_s), settings.invite_needs_phone),
        reminders=ReminderTerms(
            settings.wechat_reminder_template or ("live-reminder" if settings.standins else ""),
            timedelta(seconds=settings.remind_before_s),
        ),
    )


def _binding(said: Binding) -> BindingTerms:
    lasts, protected_for = timedelta(days=said.days), timedelta(days=said.protected_days)
    new_for = timedelta(seconds=said.new_s)
    return BindingTerms(said.mode, lasts, protected_for, said.renewed_by_orders, said.triggers, said.who, new_for)


def _points(said: Points) -> PointsRules:
    lasts, returned = timedelta(days=said.days), timedelta(days=said.returned_days)
    return PointsRules(said.per_yuan, said.most_bp, said.earned_per_yuan, said.leaves_fen, lasts, returned)


def _commission(settings: Settings) -> CommissionTerms:
    said = settings.commission
    return CommissionTerms(
        timedelta(days=said.release_days),
        said.most_bp,
        settings.attribution.allow_self_commission,
        said.on_add_ons,
        said.membership_bp,
    )


def _withdrawal(said: Withdrawal) -> WithdrawalTerms:
    return WithdrawalTerms(
        said.least_fen,
        said.most_fen,
        said.most_a_day_fen,
        said.times_a_day,
        said.fee_bp,
        said.fee_least_fen,
        said.fee_most_fen,
        said.approved_up_to_fen,
        timedelta(hours=said.cool_down_hours),
        said.scene,
        tuple(said.reports.items()),
    )


def _attribution(said: Attribution) -> AttributionPolicy:
    return AttributionPolicy(
        timedelta(hours=said.touch_hours),
        timedelta(hours=said.content_touch_hours),
        TouchRule(said.touch),
        said.touch_beats_binding,
        said.assist_bp,
        RoomSales(said.room_sales),
        said.allow_self_commission,
        said.forwards_count,
    )


async def _dsn(settings: Settings) -> str:
    """The database to use; our own is started, and migrated, when none is named."""
    if settings.database_url is not None:
        return settings.database_url
    directory = settings.data_dir or embedded.data_directory("pond")
    dsn = await asyncio.to_thread(embedded.start, directory)
    await migrate.upgrade(dsn)
    return dsn


def _backend(settings: Settings, dsn: str) -> BroadcastBackend | None:
    """What carries events between processes; nothing where there is one."""
    kind = settings.bus_url.partition(":")[0]
    if kind == "memory":
        return None
    if kind in ("redis", "rediss", "unix"):
        return WireBackend(RedisWire(settings.bus_url))
    if kind in ("postgres", "postgresql"):
        return WireBackend(PostgresWire(dsn if settings.bus_url.endswith("://") else settings.bus_url))
    msg = f"BUS_URL must begin with memory://, redis:// or postgres://, not {kind}:"
    raise ValueError(msg)


def _run(stack: AsyncExitStack, work: Any) -> None:
    """Let something run until the stack unwinds."""
    task = asyncio.ensure_future(work)

    async def stop() -> None:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    stack.push_async_callback(stop)


async def _quietly(leave: Callable[[], Awaitable[None]]) -> None:
    with suppress(Exception):
        await leave()


def _now() -> datetime:
    return datetime.now(UTC)
