"""Payout accounts: where a guide's money goes, and how that is changed (reliability H13)."""

from __future__ import annotations

import db.outbox
import db.withdrawals
from db.connection import Reading
from domain import payouts as rules
from domain.payouts import NoPayoutAccount, PayoutAccount, StepUpRequired
from resolvers.context import Context
from resolvers.logins import own_phone_code, spend_code


async def mine(ctx: Context) -> PayoutAccount | None:
    """Where the caller's money goes: what was settled, or else the WeChat by which they come."""
    settled = await db.withdrawals.find_account(ctx.reading, ctx.member_id)
    return settled or await _known(ctx, ctx.reading)


async def _known(ctx: Context, reading: Reading) -> PayoutAccount | None:
    return await db.withdrawals.known_account(reading, ctx.member_id, ctx.services.wechat.app_id)


async def choose(ctx: Context, real_name: str | None, phone_code: str | None) -> PayoutAccount:
    """Have one's money go to the WeChat by which one came to the mini-program last.

    Raises:
        NoPayoutAccount: the caller never came to it.
        StepUpRequired: it is another WeChat than before, and no code of the caller's own phone came along.
        CodeInvalid: that code is wrong, used, expired, or was tried 5 times.
        BadInput: the name is out of bounds.
    """
    proven = None if phone_code is None else await own_phone_code(ctx, phone_code, "phoneCode")
    async with ctx.database.writing() as tx:
        known = await _known(ctx, tx)
        if known is None:
            raise NoPayoutAccount
        before = await db.withdrawals.lock_account(tx, ctx.member_id)
        after, goes_elsewhere = rules.chosen(before, known, real_name, ctx.now())
        if goes_elsewhere and proven is None:
            raise StepUpRequired(path=("input", "phoneCode"))
        if proven is not None:
            await spend_code(ctx, tx, proven, "phoneCode")
        await db.withdrawals.save_account(tx, after)
        told = {"member": ctx.member_id.hex, "goes_elsewhere": goes_elsewhere}
        await db.outbox.tell(tx, "PayoutAccountChanged", "member", ctx.member_id, told, ctx.now())
    return after
