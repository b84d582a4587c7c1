"""Jobs: what has to be done now and then, whoever asks for it. Any number of processes may run them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import TypeAlias

import db.carts
import db.givers
import db.idempotency
import db.outbox
import db.payments
import db.room_presence
import db.room_retention
import resolvers.after_sale_handling
import resolvers.bargains
import resolvers.bindings
import resolvers.bonuses
import resolvers.bounties
import resolvers.commissions
import resolvers.complaint_handling
import resolvers.coupons
import resolvers.drawing
import resolvers.followers
import resolvers.gift_cards
import resolvers.gift_settlements
import resolvers.group_buys
import resolvers.group_settling
import resolvers.handovers
import resolvers.leads
import resolvers.levels
import resolvers.live
import resolvers.live_bounties
import resolvers.live_invites
import resolvers.live_reservations
import resolvers.live_streams
import resolvers.orders
import resolvers.payment_checks
import resolvers.points
import resolvers.profit_share_sending
import resolvers.profit_sharing
import resolvers.projections
import resolvers.promotions
import resolvers.red_packets
import resolvers.refund_sending
import resolvers.seckills
import resolvers.service_figures
import resolvers.sessions
import resolvers.settlements
import resolvers.shipments
import resolvers.task_rounds
import resolvers.tiers
import resolvers.webhook_sending
import resolvers.withdrawal_sending
from app.assembly import Pond
from app.settings import Settings
from db.connection import Writing
from domain.records import record
from resolvers.context import Context

RETRY_S = 5.0

_logger = logging.getLogger("yutang.jobs")


@record
class Job:
    """Some work, again and again. `run` says how much it did: while there is more, it does not pause."""

    name: str
    every_s: float
    run: Callable[[Context], Awaitable[int]]


Forget: TypeAlias = Callable[[Writing, datetime], Awaitable[int]]
"""Deletes what is from before a time, in steps; says how much it did."""


def jobs_of(settings: Settings) -> tuple[Job, ...]:
    """All jobs of a deployment."""
    kept: dict[str, tuple[Forget, int]] = {
        "idempotency keys": (db.idempotency.forget, settings.idempotency_days),
        "carts of visitors": (db.carts.forget, settings.cart_days),
        "facts that were relayed": (db.outbox.forget, settings.outbox_days),
        "records of live rooms": (db.room_retention.forget, settings.room_record_days),
        "counts of viewers": (db.room_presence.forget, settings.presence_days),
        "what members gave a day": (db.givers.forget, settings.tip_days),
        "notifications of payments": (db.payments.forget_notifications, settings.notification_days),
    }
    return (
        Job("points that expired are written off", 60, resolvers.points.expire),
        Job("levels come to their anniversaries", 60, resolvers.levels.keep_anniversaries),
        Job("gift cards that expired are emptied", 60, resolvers.gift_cards.expire),
        Job("orders that were not paid in time are given up", 2, resolvers.orders.cancel_overdue),
        Job("providers are asked whether payments were made", 2, resolvers.payment_checks.check_due),
        Job("refunds are asked for", 2, resolvers.refund_sending.send_due),
        Job("parts of payments are given to others, and taken back", 2, resolvers.profit_share_sending.send_due),
        Job("what is left of shared payments is the brand's", 60, resolvers.profit_sharing.unfreeze_done),
        Job("withdrawals are sent, and asked about", 2, resolvers.withdrawal_sending.send_due),
        Job("webhooks are sent", 1, resolvers.webhook_sending.send_due),
        Job("what was sent long ago is taken as received", 60, resolvers.shipments.receive_overdue),
        Job("orders that can no longer be given back are done with", 60, resolvers.shipments.complete),
        Job("commissions that can no longer be lost are released", 5, resolvers.commissions.release_due),
        Job("guides rise and fall", 60, resolvers.tiers.review_due),
        Job("bonuses of months that are final are paid", 600, resolvers.bonuses.pay_due),
        Job("persons of before are known again", 3600, resolvers.bounties.know_everybody),
        Job("bounties are released", 60, resolvers.bounties.release_due),
        Job("complaints that nobody answered in time escalate", 30, resolvers.complaint_handling.escalate_overdue),
        Job("complaints that were resolved are closed", 60, resolvers.complaint_handling.close_resolved),
        Job("tasks whose time has come are given to guides", 5, resolvers.task_rounds.issue_due),
        Job("tasks that recur begin anew", 5, resolvers.task_rounds.repeat_due),
        Job("managers are told of alarming service", 300, resolvers.service_figures.alert_managers),
        Job("guides are reminded of tasks", 30, resolvers.task_rounds.remind_due),
        Job("tasks whose time is over end", 5, resolvers.task_rounds.end_over),
        Job("after-sales go on when nobody does anything", 10, resolvers.after_sale_handling.go_on),
        Job("invites that became effective are counted", 5, resolvers.live_invites.count_due),
        Job("bounties for invites are paid", 5, resolvers.live_bounties.pay),
        Job("members are reminded of the rooms that they reserved", 10, resolvers.live_reservations.remind),
        Job("rooms that did not start in time expire", 30, resolvers.live.expire_late),
        Job("live rooms without their stream pause", 5, resolvers.live_streams.pause_absent),
        Job("paused rooms without their stream end", 5, resolvers.live_streams.end_gone),
        Job("shares of gifts are handed out", 60, resolvers.gift_settlements.settle),
        Job("draws close and are drawn", 1, resolvers.drawing.keep_going),
        Job("prizes that nobody claimed go back", 60, resolvers.drawing.lapse),
        Job("coupons whose time is over expire", 30, resolvers.coupons.expire),
        Job("red packets open and end", 1, resolvers.red_packets.keep_going),
        Job("bindings whose time is over end", 10, resolvers.bindings.expire),
        Job("handovers go on", 5, resolvers.handovers.go_on),
        Job("promotions whose time is over end", 30, resolvers.promotions.end_those_over),
        Job("leads that were left alone are taken back", 60, resolvers.leads.recover),
        Job("bills of stores whose period is over are made", 60, resolvers.settlements.make_due),
        Job("flash sales end", 5, resolvers.seckills.end_over),
        Job("group buys end", 5, resolvers.group_buys.end_over),
        Job("groups whose time is over end", 2, resolvers.group_settling.expire),
        Job("orders of groups are freed or paid back", 1, resolvers.group_settling.settle),
        Job("offers to bargain end", 5, resolvers.bargains.end_over),
        Job("bargains expire", 5, resolvers.bargains.expire),
        Job("old events of live rooms are replayed no more", 600, partial(_trim, settings)),
        Job("old sessions and phone codes are forgotten", 3600, resolvers.sessions.clear),
        Job("old events of webhooks are forgotten", 3600, partial(_forget_webhooks, settings)),
        *(
            Job(f"projection: {one.name}", 1, partial(resolvers.projections.keep_up, one))
            for one in resolvers.followers.PROJECTIONS
        ),
        *(
            Job(f"old {what} are forgotten", 3600, partial(_forget, forget, timedelta(days=days)))
            for what, (forget, days) in kept.items()
        ),
    )


async def _trim(settings: Settings, ctx: Context) -> int:
    async with ctx.database.writing() as tx:
        before = ctx.now() - timedelta(days=settings.room_log_days)
        return await db.room_retention.trim(tx, before, settings.room_log_events)


async def _forget_webhooks(settings: Settings, ctx: Context) -> int:
    return await resolvers.webhook_sending.forget(ctx, timedelta(days=settings.webhooks.days))


async def _forget(forget: Forget, kept: timedelta, ctx: Context) -> int:
    async with ctx.database.writing() as tx:
        return await forget(tx, ctx.now() - kept)


async def run(pond: Pond) -> None:
    """Run every job until cancelled."""
    await asyncio.gather(*(_repeat(job, pond) for job in jobs_of(pond.settings)))


async def _repeat(job: Job, pond: Pond) -> None:
    """One that fails is tried again; the others do not notice."""
    while True:
        try:
            done = await job.run(pond.context())
            pause = 0.0 if done else job.every_s
        except Exception:
            _logger.exception("failed: %s", job.name)
            pause = RETRY_S
        await asyncio.sleep(pause)
