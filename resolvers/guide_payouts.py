"""What guides who are not employed were paid in a month: what the brand reports for the tax on it (rules 2.1.6)."""

from __future__ import annotations

import db.wallets
from domain.guide_statements import GuidePayout, month_of, span_of
from domain.guides import GuideKind
from domain.identity import Scope
from domain.pages import Page, PageRequest
from domain.refusals import BadInput
from domain.sheets import MOST_ROWS, Cell, Sheet, Workbook
from resolvers.context import Context, Locale

_KINDS = {
    GuideKind.EMPLOYEE: ("店员", "Employee"),
    GuideKind.DISTRIBUTOR: ("分销员", "Distributor"),
    GuideKind.ANCHOR: ("主播", "Anchor"),
    GuideKind.KOC: ("KOC", "KOC"),
}
_COLUMNS = (
    ("导购", "Guide"),
    ("姓名", "Real name"),
    ("身份", "Kind"),
    ("笔数", "Payouts"),
    ("应付金额(元)", "Amount (CNY)"),
    ("手续费(元)", "Fee (CNY)"),
    ("实付金额(元)", "Paid (CNY)"),
    ("导购编号", "Guide number"),
)
_SHEET = ("劳务报酬", "Payouts")


async def payouts(ctx: Context, month: str, request: PageRequest) -> Page[GuidePayout]:
    """A page of what was paid in a month of the brand's calendar, for finance.

    Raises:
        BadInput: it is no month.
    """
    since, until = span_of(*month_of(month, "month"), ctx.services.rules.time_zone)
    return await db.wallets.payouts(ctx.reading, since, until, request)


async def workbook(ctx: Context, month: str) -> Workbook | None:
    """All of it, at most 50,000 guides; None for all but finance, and when it is no month."""
    try:
        days = month_of(month)
    except BadInput:
        return None
    if not ctx.holds(Scope.FINANCE):
        return None
    found = await db.wallets.all_payouts(ctx.reading, *span_of(*days, ctx.services.rules.time_zone), MOST_ROWS)
    column = 0 if ctx.locale is Locale.ZH else 1
    rows = [_row(one, column) for one in found]
    return Workbook(f"{_SHEET[column]} {month}", [Sheet(_SHEET[column], [words[column] for words in _COLUMNS], rows)])


def _row(one: GuidePayout, column: int) -> tuple[Cell, ...]:
    kind = _KINDS[one.guide.kind][column]
    return one.guide.display_name, one.real_name, kind, one.times, one.amount, one.fee, one.paid, one.guide_id.hex
