"""Settlement books: a bill as a workbook, for those who check it line by line."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import db.store_flows
from domain.settlements import FlowKind, SettlementBill, StoreFlow
from domain.sheets import MOST_ROWS, Cell, Sheet, Workbook
from resolvers.context import Context, Locale
from resolvers.settlements import bills_by_id, stores_of, totals_of

_KINDS = {
    FlowKind.ORDER: ("订单", "Orders"),
    FlowKind.REFUND: ("退款", "Refunds"),
    FlowKind.PLATFORM_FEE: ("平台服务费", "Platform fee"),
    FlowKind.PLATFORM_FEE_RETURN: ("平台服务费退回", "Platform fee returned"),
    FlowKind.COMMISSION: ("导购佣金", "Commission"),
    FlowKind.COMMISSION_CLAWBACK: ("导购佣金追回", "Commission clawed back"),
    FlowKind.COUPON_SUBSIDY: ("总部优惠券补贴", "Coupon subsidy"),
    FlowKind.COUPON_SUBSIDY_REVERSAL: ("总部优惠券补贴冲回", "Coupon subsidy reversed"),
    FlowKind.COLLECTED: ("门店自收", "Collected by the store"),
    FlowKind.COLLECTED_RETURN: ("门店自退", "Given back by the store"),
    FlowKind.ADJUSTMENT: ("调整", "Adjustment"),
}
_TOTALS = (("项目", "Item"), ("笔数", "Entries"), ("金额(元)", "Amount (CNY)"))
_LINES = (
    ("发生时间", "At"),
    ("完结时间", "Final at"),
    ("项目", "Item"),
    ("订单号", "Order"),
    ("金额(元)", "Amount (CNY)"),
    ("备注", "Note"),
)
_SHEETS = (("汇总", "Totals"), ("明细", "Entries"))
_SUM = ("应结金额", "To be paid")


async def workbook(ctx: Context, bill_id: UUID) -> Workbook | None:
    """A bill with each of its flows, at most 50,000; None when the caller may not see it."""
    bill = (await bills_by_id(ctx, [bill_id])).get(bill_id)
    if bill is None:
        return None
    (store,) = await stores_of(ctx, [bill])
    flows = await db.store_flows.all_of(ctx.reading, bill.id, MOST_ROWS)
    column = 0 if ctx.locale is Locale.ZH else 1
    sheets = (await _totals(ctx, bill, column), _lines(flows, column))
    return Workbook(f"{bill.number} {store.name} {bill.first_day}–{bill.last_day}", sheets)


async def _totals(ctx: Context, bill: SettlementBill, column: int) -> Sheet:
    (totals,) = await totals_of(ctx, [bill])
    rows: list[tuple[Cell, ...]] = [(_KINDS[one.kind][column], one.flows, one.amount) for one in totals]
    rows.append((_SUM[column], bill.flows, bill.amount))
    return Sheet(_SHEETS[0][column], [words[column] for words in _TOTALS], rows)


def _lines(flows: Sequence[tuple[StoreFlow, str | None]], column: int) -> Sheet:
    rows: list[tuple[Cell, ...]] = [
        (
            one.at,
            one.final_at,
            _KINDS[one.kind][column],
            number,
            one.amount,
            one.note,
        )
        for one, number in flows
    ]
    return Sheet(_SHEETS[1][column], [words[column] for words in _LINES], rows)
