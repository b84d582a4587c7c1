"""Statements of guides: every line of what is a guide's own, on screen and as a workbook."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import db.guides
import db.wallets
from domain import guide_statements as rules
from domain.guide_statements import MOST_LINES, GuideStatement, Moved, StatementKind, StatementLine
from domain.guides import Guide
from domain.pages import Page, PageRequest, Position, page_of
from domain.refusals import BadInput
from domain.sheets import MOST_ROWS, Cell, Sheet, Workbook
from resolvers.context import Context, Locale
from resolvers.wallets import sees_money_of

_KINDS = {
    StatementKind.RELEASED: ("佣金解冻", "Commission released"),
    StatementKind.DEBT_REPAID: ("抵扣欠款", "Debt repaid"),
    StatementKind.CLAWED_BACK: ("退款追回", "Clawed back"),
    StatementKind.BOUNTY: ("拉新奖励", "Bounty"),
    StatementKind.BONUS: ("业绩奖金", "Bonus"),
    StatementKind.WITHDRAWAL: ("提现", "Withdrawal"),
    StatementKind.FEE: ("提现手续费", "Withdrawal fee"),
    StatementKind.RETURNED: ("提现退回", "Withdrawal returned"),
    StatementKind.FEE_RETURNED: ("手续费退回", "Fee returned"),
    StatementKind.OTHER: ("其他", "Other"),
}
_TOTALS = (("项目", "Item"), ("笔数", "Entries"), ("金额(元)", "Amount (CNY)"))
_LINES = (
    ("时间", "At"),
    ("项目", "Item"),
    ("金额(元)", "Amount (CNY)"),
    ("余额(元)", "Balance (CNY)"),
    ("编号", "Source"),
)
_COMMISSIONS = (
    ("解冻时间", "Released at"),
    ("订单号", "Order"),
    ("层级", "Level"),
    ("计佣金额(元)", "Base (CNY)"),
    ("佣金(元)", "Commission (CNY)"),
    ("解冻前追回(元)", "Lost before (CNY)"),
    ("解冻金额(元)", "Released (CNY)"),
)
_SHEETS = (("汇总", "Totals"), ("明细", "Lines"), ("解冻佣金", "Commissions released"))
_OPENING, _CLOSING = ("期初余额", "Opening balance"), ("期末余额", "Closing balance")


async def statement(ctx: Context, guide_id: UUID | None, first_day: date, last_day: date) -> GuideStatement | None:
    """A guide's statement of some days; None when the caller may not see it. `guide_id` None: the caller's own.

    Raises:
        BadInput: the days are too many, or hold more than 20,000 lines.
    """
    guide = await _guide(ctx, guide_id)
    return None if guide is None else await _statement(ctx, guide.id, first_day, last_day)


async def _guide(ctx: Context, guide_id: UUID | None) -> Guide | None:
    if guide_id is None:
        return next(iter(await db.guides.all_of_member(ctx.reading, ctx.member_id)), None)
    guide = (await db.guides.guides_by_id(ctx.reading, [guide_id])).get(guide_id)
    return guide if guide is not None and sees_money_of(ctx, guide) else None


async def _statement(ctx: Context, guide_id: UUID, first_day: date, last_day: date) -> GuideStatement:
    since, until = rules.span_of(first_day, last_day, ctx.services.rules.time_zone)
    moves: Sequence[Moved] = await db.wallets.moved(ctx.reading, guide_id, since, until, MOST_LINES + 1)
    if len(moves) > MOST_LINES:
        raise BadInput(f"days with at most {MOST_LINES} lines", f"所选日期内最多 {MOST_LINES} 笔", path=("lastDay",))
    opening = await db.wallets.own_before(ctx.reading, guide_id, since)
    return rules.statement_of(guide_id, (first_day, last_day), opening, moves)


async def guides_of(ctx: Context, statements: Sequence[GuideStatement]) -> list[Guide]:
    """The guide of each statement."""
    found = await db.guides.guides_by_id(ctx.reading, [one.guide_id for one in statements])
    return [found[one.guide_id] for one in statements]


async def lines_of(_: Context, statements: Sequence[GuideStatement], request: PageRequest) -> list[Page[StatementLine]]:
    """A page of the lines of each statement, the first first."""
    return [_page(one.lines, request) for one in statements]


def _page(lines: Sequence[StatementLine], request: PageRequest) -> Page[StatementLine]:
    """The part of the lines that is asked for; a cursor holds the number of a posting."""
    start = None if request.start is None else request.start.id.int
    places = {line.id: place for place, line in enumerate(lines)}
    if request.backward:
        upto = len(lines) if start is None else places.get(start, len(lines))
        found = list(reversed(lines[max(upto - request.size - 1, 0) : upto]))
    else:
        after = 0 if start is None else places.get(start, -1) + 1
        found = list(lines[after : after + request.size + 1])
    return page_of(found, request, lambda line: Position("", UUID(int=line.id)))


async def workbook(ctx: Context, guide_id: UUID, first_day: date, last_day: date) -> Workbook | None:
    """A statement with all of its lines, and every commission that was released; None when the caller may not see it.

    Raises:
        BadInput: the days are too many, or hold more than 20,000 lines.
    """
    guide = await _guide(ctx, guide_id)
    if guide is None:
        return None
    found = await _statement(ctx, guide.id, first_day, last_day)
    column = 0 if ctx.locale is Locale.ZH else 1
    sheets = (_totals(found, column), _lines(found, column), await _released(ctx, found, column))
    return Workbook(f"{guide.display_name} {first_day}–{last_day}", sheets)


def _totals(found: GuideStatement, column: int) -> Sheet:
    rows: list[tuple[Cell, ...]] = [(_OPENING[column], None, found.opening)]
    rows += [(_KINDS[one.kind][column], one.lines, one.amount) for one in found.totals]
    rows.append((_CLOSING[column], len(found.lines), found.closing))
    return Sheet(_SHEETS[0][column], [words[column] for words in _TOTALS], rows)


def _lines(found: GuideStatement, column: int) -> Sheet:
    rows: list[tuple[Cell, ...]] = [
        (one.at, _KINDS[one.kind][column], one.amount, one.balance, one.source_id.hex if one.source_id else None)
        for one in found.lines
    ]
    return Sheet(_SHEETS[1][column], [words[column] for words in _LINES], rows)


async def _released(ctx: Context, found: GuideStatement, column: int) -> Sheet:
    """What the lines of released commissions are made of: they come to the same sum."""
    since, until = rules.span_of(found.first_day, found.last_day, ctx.services.rules.time_zone)
    rows: list[tuple[Cell, ...]] = [
        (one.at, one.order_number, one.level, one.base, one.amount, one.lost, one.released)
        for one in await db.wallets.released(ctx.reading, found.guide_id, since, until, MOST_ROWS)
    ]
    return Sheet(_SHEETS[2][column], [words[column] for words in _COMMISSIONS], rows)
