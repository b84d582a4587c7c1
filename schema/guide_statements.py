"""Statements of guides, line by line, and what was paid in a month, for the tax on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any

import strawberry

from domain import guide_statements as rules
from domain import pages
from domain.guide_statements import StatementKind
from domain.identity import Scope
from resolvers import guide_payouts, guide_statements
from resolvers.context import Context
from schema.access import attribute, batched, derived, object_type, query
from schema.enums import described
from schema.guides import Guide
from schema.ids import Kind, id_of, key_if
from schema.lists import After, Before, Connection, First, Last
from schema.money import Money

described(
    StatementKind,
    "What a line of a guide's statement is for.",
    RELEASED="Commissions became the guide's own.",
    DEBT_REPAID="Of what was released, what repaid a debt.",
    CLAWED_BACK="Goods went back whose commission was the guide's own.",
    BOUNTY="A bounty, or one that was taken back.",
    BONUS="A bonus, or one that was taken back.",
    WITHDRAWAL="Money was taken out: what is transferred of it.",
    FEE="The fee for that.",
    RETURNED="What was taken out did not arrive, and came back.",
    FEE_RETURNED="The fee for that came back.",
    OTHER="Anything else.",
)
_SOURCES = {
    StatementKind.WITHDRAWAL: Kind.WITHDRAWAL,
    StatementKind.FEE: Kind.WITHDRAWAL,
    StatementKind.RETURNED: Kind.WITHDRAWAL,
    StatementKind.FEE_RETURNED: Kind.WITHDRAWAL,
    StatementKind.CLAWED_BACK: Kind.REFUND,
}


def _source(line: rules.StatementLine) -> str | None:
    kind = _SOURCES.get(line.kind)
    return None if kind is None or line.source_id is None else id_of(kind, line.source_id)


@object_type(
    scope=Scope.MEMBER, description="One change of what is a guide's own: one posting.", record=rules.StatementLine
)
class GuideStatementLine:
    at: datetime = attribute("When.")
    kind: StatementKind = attribute("What for.")
    amount: Money = attribute("How much; below zero: it was taken away.")
    balance: Money = attribute("What was the guide's own after it.")
    source_id: strawberry.ID | None = derived(
        _source, "The withdrawal or the refund that it comes from; null for everything else."
    )


@object_type(scope=Scope.MEMBER, description="All lines of one kind together.", record=rules.StatementTotal)
class GuideStatementTotal:
    kind: StatementKind = attribute("What for.")
    line_count: int = derived(lambda total: total.lines, "How many lines.")
    amount: Money = attribute("Their sum.")


async def _lines(
    ctx: Context,
    found: Sequence[rules.GuideStatement],
    *,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Any:
    return await guide_statements.lines_of(ctx, found, pages.page_request(first, after, last, before))


def _download(one: rules.GuideStatement) -> str:
    return f"/exports/guide-statements/{id_of(Kind.GUIDE, one.guide_id)}/{one.first_day}/{one.last_day}.xlsx"


@object_type(
    scope=Scope.MEMBER,
    description="What was a guide's own (available less debt), every line that changed it, and what is.",
    record=rules.GuideStatement,
)
class GuideStatement:
    guide: Guide = batched(guide_statements.guides_of, "Whose it is.")
    first_day: date = attribute("The first day, of the brand's calendar.")
    last_day: date = attribute("The last day.")
    opening: Money = attribute("What was the guide's own before the first line.")
    closing: Money = derived(lambda one: one.closing, "What was after the last: opening and all lines come to it.")
    totals: list[GuideStatementTotal] = derived(lambda one: one.totals, "Kind by kind, of those that there are.")
    lines: Connection[GuideStatementLine] = batched(_lines, "Every line, the first first.")
    download_path: str = derived(
        _download,
        "Where it is as an XLSX workbook with each commission, on this server: GET it with the same Authorization "
        "header as this request.",
    )


@object_type(
    scope=Scope.FINANCE,
    description="What a guide who is not employed was paid in a month (劳务报酬).",
    record=rules.GuidePayout,
)
class GuidePayout:
    guide: Guide = attribute("To whom.")
    real_name: str | None = attribute("The real name, if the guide gave it.")
    times: int = attribute("How many withdrawals arrived.")
    amount: Money = attribute("What left the wallet, before fees.")
    fee: Money = attribute("What the brand kept of it.")
    paid: Money = derived(lambda one: one.paid, "What arrived.")


async def _statement(
    ctx: Context,
    *,
    first_day: Annotated[date, strawberry.argument(description="The first day, of the brand's calendar.")],
    last_day: Annotated[date, strawberry.argument(description="The last day; at most 366 in all.")],
    guide_id: Annotated[
        strawberry.ID | None, strawberry.argument(description="Whose; the caller's own if left out.")
    ] = None,
) -> Any:
    key = None if guide_id is None else key_if(Kind.GUIDE, guide_id)
    if guide_id is not None and key is None:
        return None
    return await guide_statements.statement(ctx, key, first_day, last_day)


_MONTH = 'A month of the brand\'s calendar, such as "2026-11".'


async def _payouts(
    ctx: Context,
    *,
    month: Annotated[str, strawberry.argument(description=_MONTH)],
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Any:
    return await guide_payouts.payouts(ctx, month, pages.page_request(first, after, last, before))


@strawberry.type
class GuideStatementQuery:
    guide_statement: GuideStatement | None = query(
        _statement,
        "What was a guide's own over some days: for the guide, also after it left, its managers and finance; null for "
        "everybody else.",
        scope=Scope.MEMBER,
        cost=10,
    )
    guide_payouts: Connection[GuidePayout] = query(
        _payouts,
        "What guides who are not employed were paid in a month, for the tax on it. As an XLSX workbook it is at "
        "`/exports/guide-payouts/<month>.xlsx`.",
        scope=Scope.FINANCE,
        cost=5,
    )
