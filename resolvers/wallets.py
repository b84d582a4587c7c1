"""What can be asked of wallets: what a guide is owed, for the guide, its managers and finance (R05)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import db.guides
import db.wallets
from domain.guides import Guide, GuideStatus, manages
from domain.identity import Scope
from domain.refusals import NotFound
from domain.wallets import GuideWallet
from domain.withdrawals import WithdrawalTerms
from resolvers.context import Context


def sees_money_of(ctx: Context, guide: Guide) -> bool:
    """Whether the caller may know what a guide is owed: the guide itself, those who decide about it, and finance."""
    return guide.member_id == ctx.principal.member_id or _handles_money_of(ctx, guide)


def _handles_money_of(ctx: Context, guide: Guide) -> bool:
    return ctx.holds(Scope.FINANCE) or manages(ctx.principal, guide)


async def check_handles_money_of(ctx: Context, guide_id: UUID) -> None:
    """Hold the caller to handling what a guide is owed: as one who decides about the guide, or as finance.

    Raises:
        NotFound: there is no such guide for the caller.
    """
    guide = (await db.guides.guides_by_id(ctx.reading, [guide_id])).get(guide_id)
    if guide is None or not _handles_money_of(ctx, guide):
        raise NotFound(path=("guideId",))


async def mine(ctx: Context, guide_id: UUID | None) -> GuideWallet | None:
    """The wallet of a guide that the caller is or was; of the one that they are, or were last, unless one is named."""
    own = [one for one in await _own(ctx) if guide_id in (None, one.id)]
    return (await db.wallets.wallets_of(ctx.reading, [own[0].id]))[own[0].id] if own else None


async def all_mine(ctx: Context) -> list[GuideWallet]:
    """The wallets of every guide that the caller is or was, the one that has not left first."""
    own = [one.id for one in await _own(ctx)]
    found = await db.wallets.wallets_of(ctx.reading, own) if own else {}
    return [found[one] for one in own]


async def _own(ctx: Context) -> list[Guide]:
    """Those who were never taken on have none."""
    found = await db.guides.all_of_member(ctx.reading, ctx.member_id)
    return [one for one in found if one.status is not GuideStatus.APPLIED]


async def of_guides(ctx: Context, guides: Sequence[Guide]) -> list[GuideWallet | None]:
    """The wallet of each guide, where the caller may know it."""
    known = [one.id for one in guides if sees_money_of(ctx, one)]
    found = await db.wallets.wallets_of(ctx.reading, known) if known else {}
    return [found.get(one.id) for one in guides]


async def guides_of(ctx: Context, wallets: Sequence[GuideWallet]) -> list[Guide]:
    """The guide of each wallet."""
    found = await db.guides.guides_by_id(ctx.reading, [one.guide_id for one in wallets])
    return [found[one.guide_id] for one in wallets]


async def terms(ctx: Context) -> WithdrawalTerms:
    """How guides take money out."""
    return ctx.services.rules.withdrawal
