"""Boards: who did most, as it stands and as it changes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import strawberry

from domain import boards as rules
from domain import money
from domain.boards import MONEY, BoardPeriod, BoardScope, Metric, Ranked
from domain.identity import Scope
from domain.refusals import NotFound
from resolvers import boards
from resolvers.boards import Asked
from resolvers.context import Context
from resolvers.entrances import States
from schema.access import attribute, batched, derived, followed, object_type, query
from schema.enums import described
from schema.ids import Kind, id_of, key_if
from schema.money import Money
from schema.scalars import Long

described(
    Metric,
    "What is counted of guides. What is taken back falls in the period in which it was counted.",
    SALES="Goods paid in orders that are theirs, in fen, without shipping and without what went back (业绩).",
    ORDERS="Paid orders of which some is left.",
    COMMISSION="Commission earned, in fen, without what was clawed back.",
    NEW_MEMBERS="Members whose first guide they are, from within seven days after these registered (拉新).",
    ASSISTS="Paid orders of others to which they helped (助攻).",
    TASKS_DONE="Tasks done.",
    POSTS="Posts of theirs that are published.",
    TAGS="Tags that they put on their customers.",
    COUPONS="Coupons that they gave their customers.",
    GROUP_SHARES="What they passed on to group chats.",
)
described(
    BoardScope,
    "Among whom a board ranks.",
    STORE="The guides of one store.",
    REGION="All below one unit between headquarters and stores, such as a region.",
    NATION="All of the brand.",
)
described(Ranked, "Whom a board ranks.", GUIDES="Guides.", STORES="Stores, by what their guides did together.")
described(
    BoardPeriod,
    "For what time a board counts, by the brand's calendar.",
    DAY="A day.",
    WEEK="A week, from Monday.",
    MONTH="A month.",
    QUARTER="A quarter.",
    YEAR="A year.",
)


def _id(entry: tuple[rules.Leaderboard, rules.BoardEntry]) -> strawberry.ID:
    board, line = entry
    kind = Kind.GUIDE if board.key.ranked is Ranked.GUIDES else Kind.STORE
    return strawberry.ID(id_of(kind, line.id))


def _amount(entry: tuple[rules.Leaderboard, rules.BoardEntry]) -> money.Money | None:
    board, line = entry
    return money.Money(line.value) if board.key.metric in MONEY else None


@object_type(scope=Scope.MEMBER, description="One line of a board.")
class LeaderboardEntry:
    rank: int = derived(lambda entry: entry[1].rank, "The place, from 1; the same for equals, and none is left out.")
    id: strawberry.ID = derived(_id, "The guide or the store.")
    name: str = derived(lambda entry: entry[1].name, "The guide's display name, or the store's.")
    avatar_url: str | None = derived(lambda entry: entry[1].avatar_url, "A picture of the guide.")
    store_name: str = derived(lambda entry: entry[1].store_name, "The store that the guide sells for, or the store.")
    value: Long = derived(lambda entry: entry[1].value, "What was counted: fen, or how many.")
    amount: Money | None = derived(_amount, "The same as money; null for what is no money.")
    reached_at: datetime = derived(
        lambda entry: entry[1].reached_at,
        "Since when it is so much: who got there first is before who got there later.",
    )


async def _mine(ctx: Context, found: list[rules.Leaderboard]) -> list[Any]:
    lines = await boards.mine_of(ctx, found)
    return [None if line is None else (board, line) for board, line in zip(found, lines, strict=True)]


@object_type(scope=Scope.MEMBER, description="A board (排行榜) as it stands: at most five seconds old.")
class Leaderboard:
    metric: Metric = derived(lambda board: board.key.metric, "What is counted.")
    scope: BoardScope = attribute("Among whom.")
    of: Ranked = derived(lambda board: board.key.ranked, "Who is ranked.")
    unit_id: strawberry.ID = derived(
        lambda board: strawberry.ID(id_of(Kind.ORG_UNIT, board.key.unit_id)), "The unit whose board it is."
    )
    unit_name: str = attribute("Its name.")
    period: BoardPeriod = derived(lambda board: board.key.period, "For what time.")
    starts_at: datetime = attribute("When the period begins.")
    ends_at: datetime = attribute("When the period ends.")
    at: datetime = attribute("When it was read.")
    entries: list[LeaderboardEntry] = derived(
        lambda board: [(board, line) for line in board.entries],
        "The first so many, in order. Who has nothing is not on it.",
    )
    mine: LeaderboardEntry | None = batched(
        _mine, "The caller's own line, or that of the caller's store, also below the others; null when there is none."
    )


WhichMetric = Annotated[Metric, strawberry.argument(description="What is counted.")]
WhichScope = Annotated[BoardScope, strawberry.argument(description="Among whom.")]
WhichPeriod = Annotated[BoardPeriod, strawberry.argument(description="For what time.")]
Who = Annotated[Ranked, strawberry.argument(description="Who is ranked.")]
Unit = Annotated[
    strawberry.ID | None,
    strawberry.argument(
        description="The unit, of that scope; the caller's own when left out. Guides see their own store and all above"
        " it, staff also what is below theirs."
    ),
]
At = Annotated[
    datetime | None, strawberry.argument(description="A time in the period; now, whatever the time is, when left out.")
]
Many = Annotated[int, strawberry.argument(description="So many from the top, 1 to 100.")]


def _asked(
    metric: Metric,
    scope: BoardScope,
    period: BoardPeriod,
    of: Ranked,
    unit_id: str | None,
    at: datetime | None,
    first: int,
) -> Asked | None:
    key = None if unit_id is None else key_if(Kind.ORG_UNIT, unit_id) or key_if(Kind.STORE, unit_id)
    return None if unit_id is not None and key is None else Asked(metric, scope, period, of, key, at, first)


async def _leaderboard(
    ctx: Context,
    *,
    metric: WhichMetric,
    scope: WhichScope,
    period: WhichPeriod = BoardPeriod.DAY,
    of: Who = Ranked.GUIDES,
    unit_id: Unit = None,
    at: At = None,
    first: Many = 20,
) -> Any:
    asked = _asked(metric, scope, period, of, unit_id, at, first)
    return None if asked is None else await boards.leaderboard(ctx, asked)


async def _follow(
    ctx: Context,
    *,
    metric: WhichMetric,
    scope: WhichScope,
    period: WhichPeriod = BoardPeriod.DAY,
    of: Who = Ranked.GUIDES,
    unit_id: Unit = None,
    first: Many = 20,
) -> States:
    asked = _asked(metric, scope, period, of, unit_id, None, first)
    if asked is None:
        raise NotFound(path=("unitId",))
    return await boards.follow(ctx, asked)


@strawberry.type
class BoardsQuery:
    leaderboard: Leaderboard | None = query(
        _leaderboard,
        "A board; null when there is no such unit for the caller, who is a guide or works for the brand.",
        scope=Scope.MEMBER,
        cost=5,
    )


@strawberry.type
class BoardsSubscription:
    leaderboard_changed: Leaderboard = followed(
        _follow,
        "A board as it stands, and then whenever it changes, at most once a second. It goes on with the period. Nothing"
        " is missed by coming back: the first event is how it stands. Boards without `mine` are made once for all.",
        scope=Scope.MEMBER,
    )
