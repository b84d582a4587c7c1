"""Lotteries: tables of lotteries, prizes, chances and draws, and how they are kept and read.

A chance is a number on a row that a CHECK holds to its bound, and a prize a number that falls to zero: both change by
conditional statements in the transaction of the draw.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Select,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    and_,
    any_,
    bindparam,
    delete,
    func,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by, insert

from db.connection import Reading, Row, Writing
from db.listing import Listing
from db.metadata import UUIDS, amount, key, metadata, moment, one_of, refers_to, words
from db.shares import share, share_visit
from db.statements import prepared
from domain.draw_terms import WORTH_MOST
from domain.filters import Condition
from domain.lotteries import (
    ChanceSource,
    ChanceTerms,
    Lottery,
    LotteryPrize,
    LotteryPrizeKind,
    LotteryState,
    LotteryTerms,
)
from domain.pages import Page, PageRequest
from domain.payloads import reader_of

lottery = Table(
    "lottery",
    metadata,
    key(),
    *one_of("state", LotteryState),
    words("name"),
    words("rules"),
    moment("starts_at"),
    moment("ends_at"),
    Column("free_daily", Integer(), nullable=False),
    Column("points_daily", Integer(), nullable=False),
    Column("points_cost", Integer(), nullable=False),
    Column("per_order", Integer(), nullable=False),
    amount("order_from"),
    Column("share_daily", Integer(), nullable=False),
    Column("most", Integer(), nullable=False),
    refers_to("campaign", "campaign_id", optional=True, index=True),
    Column("version", Integer(), nullable=False, server_default=text("1")),
    moment("created_at"),
    CheckConstraint("starts_at < ends_at", name="starts_before_it_ends"),
    Index("ix_lottery_published", "ends_at", postgresql_where=text("state = 'PUBLISHED'")),
)

lottery_prize = Table(
    "lottery_prize",
    metadata,
    key(),
    refers_to("lottery", "lottery_id"),
    Column("position", Integer(), nullable=False),
    *one_of("kind", LotteryPrizeKind),
    words("name"),
    Column("weight_bp", Integer(), nullable=False),
    Column("stock", Integer()),
    Column("left", Integer()),
    amount("worth"),
    refers_to("coupon_template", "template_id", optional=True),
    Column("points", Integer(), nullable=False),
    Column("is_consolation", Boolean(), nullable=False),
    UniqueConstraint("lottery_id", "position"),
    CheckConstraint("weight_bp BETWEEN 0 AND 10000", name="weight_is_a_share"),
    CheckConstraint('"left" BETWEEN 0 AND stock', name="left_is_within_stock"),
    CheckConstraint('(stock IS NULL) = ("left" IS NULL)', name="what_is_stocked_is_counted"),
    CheckConstraint(f"worth BETWEEN 0 AND {WORTH_MOST.minor}", name="worth_is_lawful"),
    Index("uq_lottery_prize_consolation", "lottery_id", unique=True, postgresql_where=text("is_consolation")),
)

lottery_use = Table(
    "lottery_use",
    metadata,
    refers_to("lottery", "lottery_id"),
    refers_to("member", "member_id"),
    *one_of("source", ChanceSource),
    # A day of the brand, an order, or "ever".
    words("reference"),
    Column("used", Integer(), nullable=False),
    Column("most", Integer(), nullable=False),
    PrimaryKeyConstraint("lottery_id", "member_id", "source", "reference"),
    CheckConstraint("used BETWEEN 0 AND most", name="used_is_within_most"),
)

lottery_draw = Table(
    "lottery_draw",
    metadata,
    key(),
    refers_to("lottery", "lottery_id"),
    refers_to("member", "member_id"),
    *one_of("source", ChanceSource),
    Column("number", Integer(), nullable=False),
    refers_to("lottery_prize", "drawn_id"),
    refers_to("lottery_prize", "prize_id"),
    refers_to("coupon", "coupon_id", optional=True),
    moment("at"),
    CheckConstraint("number BETWEEN 0 AND 9999", name="number_is_one_of_ten_thousand"),
    Index(None, "lottery_id", "id"),
    Index(None, "member_id", "id"),
)

_PRIZE_NAMES = ("id", "kind", "name", "weight_bp", "stock", "worth", "template_id", "points", "is_consolation", "left")
_CHANCE_NAMES = ("free_daily", "points_daily", "points_cost", "per_order", "order_from", "share_daily", "most")
_parts: list[Any] = []
for _name in _PRIZE_NAMES:
    _parts += [literal_column(f"'{_name}'"), lottery_prize.c[_name]]
PRIZE_OBJECT = func.jsonb_build_object(*_parts)
_prizes = (
    select(func.jsonb_agg(aggregate_order_by(PRIZE_OBJECT, lottery_prize.c.position)))
    .where(lottery_prize.c.lottery_id == lottery.c.id)
    .scalar_subquery()
)
_LOTTERIES: Select[Any] = select(*lottery.c, _prizes.label("prizes"))
_read_prizes = reader_of(tuple[LotteryPrize, ...])
read_prize = reader_of(LotteryPrize)


def _lottery(row: Row) -> Lottery:
    chances = ChanceTerms(*(row[name] for name in _CHANCE_NAMES))
    prizes = _read_prizes(row["prizes"])
    terms = LotteryTerms(
        row["name"], prizes, row["starts_at"], row["ends_at"], row["rules"], chances, row["campaign_id"]
    )
    return Lottery(row["id"], LotteryState(row["state"]), terms, row["version"], row["created_at"])


_id = bindparam("of_lottery", type_=Uuid())
_member = bindparam("of_member", type_=Uuid())
_SAVED = ("state", "name", "rules", "starts_at", "ends_at", *_CHANCE_NAMES, "campaign_id", "version")
_new = {name: bindparam(name, type_=lottery.c[name].type) for name in _SAVED}
_ADD = prepared(
    insert(lottery).values(id=_id, created_at=bindparam("created_at", type_=DateTime(timezone=True)), **_new)
)
_SAVE = prepared(update(lottery).where(lottery.c.id == _id).values(_new))
_CLEAR = prepared(delete(lottery_prize).where(lottery_prize.c.lottery_id == _id))
_ADD_PRIZE = prepared(
    insert(lottery_prize).values({one.name: bindparam(one.name, type_=one.type) for one in lottery_prize.c})
)
_BY_ID = prepared(_LOTTERIES.where(lottery.c.id == any_(bindparam("ids", type_=UUIDS))))
_LOCK = prepared(_LOTTERIES.where(lottery.c.id == _id).with_for_update(of=lottery, key_share=True))
_OPEN = prepared(
    _LOTTERIES.where(
        lottery.c.state == literal_column("'PUBLISHED'"),
        lottery.c.ends_at > bindparam("at", type_=DateTime(timezone=True)),
    )
    .order_by(lottery.c.ends_at, lottery.c.id)
    .limit(bindparam("many", type_=Integer()))
)
_LISTING = Listing(_LOTTERIES, _lottery, id=lottery.c.id, filters={"state": lottery.c.state})


async def add(tx: Writing, new: Lottery) -> None:
    """Keep a new lottery with its prizes."""
    await tx.execute(_ADD, created_at=new.created_at, **_values(new))
    await _add_prizes(tx, new)


async def save(tx: Writing, changed: Lottery, *, prizes: bool = False) -> None:
    """Keep what changed of a locked lottery; its prizes too when it is a draft."""
    saved = await tx.execute(_SAVE, **_values(changed))
    assert saved == 1, f"lottery {changed.id} was not locked"
    if prizes:
        await tx.execute(_CLEAR, of_lottery=changed.id)
        await _add_prizes(tx, changed)


async def _add_prizes(tx: Writing, new: Lottery) -> None:
    rows = [
        {name: getattr(prize, name) for name in _PRIZE_NAMES}
        | {"lottery_id": new.id, "position": position, "kind": prize.kind.value}
        for position, prize in enumerate(new.terms.prizes)
    ]
    await tx.execute_many(_ADD_PRIZE, rows)


def _values(one: Lottery) -> dict[str, Any]:
    terms = one.terms
    return {
        "of_lottery": one.id,
        "state": one.state.value,
        "name": terms.name,
        "rules": terms.rules,
        "starts_at": terms.starts_at,
        "ends_at": terms.ends_at,
        "campaign_id": terms.campaign_id,
        "version": one.version,
        **{name: getattr(terms.chances, name) for name in _CHANCE_NAMES},
    }


async def lock(tx: Writing, lottery_id: UUID) -> Lottery | None:
    """Find a lottery and keep other writers off it until the transaction ends."""
    row = await tx.row(_LOCK, of_lottery=lottery_id)
    return None if row is None else _lottery(row)


async def lotteries_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, Lottery]:
    return {row["id"]: _lottery(row) for row in await reading.rows(_BY_ID, ids=list(ids))}


async def running(reading: Reading, at: datetime, most: int) -> list[Lottery]:
    """Lotteries that are published and not over, those first that end first."""
    return [_lottery(row) for row in await reading.rows(_OPEN, at=at, many=most)]


async def lotteries(reading: Reading, request: PageRequest, where: Condition) -> Page[Lottery]:
    """A page of all lotteries, the newest first."""
    return await _LISTING.page(reading, request, where=where, descending=True)


_source = bindparam("of_source", type_=Text())
_one_use = insert(lottery_use).values(
    lottery_id=_id,
    member_id=_member,
    source=_source,
    reference=bindparam("reference", type_=Text()),
    used=literal_column("1"),
    most=bindparam("most", type_=Integer()),
)
_USE = prepared(
    _one_use.on_conflict_do_update(
        index_elements=list(lottery_use.primary_key),
        set_={"used": lottery_use.c.used + 1},
        where=lottery_use.c.used < lottery_use.c.most,
    ).returning(lottery_use.c.used)
)
_of_orders = (
    lottery_use.c.lottery_id == _id,
    lottery_use.c.member_id == _member,
    lottery_use.c.source == literal_column("'ORDER'"),
    lottery_use.c.used < lottery_use.c.most,
)
_first = select(func.min(lottery_use.c.reference)).where(*_of_orders).scalar_subquery()
_USE_OF_ORDER = prepared(
    update(lottery_use)
    .where(*_of_orders, lottery_use.c.reference == _first)
    .values(used=lottery_use.c.used + 1)
    .returning(lottery_use.c.used)
)
GIVES_CHANCES = and_(
    lottery.c.state == literal_column("'PUBLISHED'"),
    lottery.c.per_order > 0,
    lottery.c.order_from <= bindparam("worth", type_=BigInteger()),
    lottery.c.starts_at <= bindparam("at", type_=DateTime(timezone=True)),
    lottery.c.ends_at > bindparam("at", type_=DateTime(timezone=True)),
)
_GRANT = prepared(
    insert(lottery_use)
    .from_select(
        ["lottery_id", "member_id", "source", "reference", "used", "most"],
        select(
            lottery.c.id,
            _member,
            literal_column("'ORDER'"),
            bindparam("reference", type_=Text()),
            literal_column("0"),
            lottery.c.per_order,
        ).where(GIVES_CHANCES),
    )
    .on_conflict_do_nothing()
    .returning(lottery_use.c.lottery_id, lottery_use.c.most)
)
_WITHDRAW = prepared(
    update(lottery_use)
    .where(
        lottery_use.c.member_id == _member,
        lottery_use.c.source == literal_column("'ORDER'"),
        lottery_use.c.reference == bindparam("of_order", type_=Text()),
        lottery_use.c.used < lottery_use.c.most,
    )
    .values(most=lottery_use.c.used)
    .returning(lottery_use.c.lottery_id)
)
_USES = prepared(
    select(
        lottery_use.c.lottery_id,
        lottery_use.c.source,
        lottery_use.c.reference,
        lottery_use.c.used,
        lottery_use.c.most,
    ).where(lottery_use.c.member_id == _member, lottery_use.c.lottery_id == any_(bindparam("ids", type_=UUIDS)))
)
_SHARED = prepared(
    select(literal_column("1"))
    .select_from(share_visit.join(share, share.c.id == share_visit.c.share_id))
    .where(
        share.c.sharer_member_id == _member,
        share_visit.c.day == bindparam("day", type_=Date()),
        # Who is not logged in may be the sharer, or a program (J24).
        share_visit.c.member_id != _member,
    )
    .limit(literal_column("1"))
)


async def use_chance(
    tx: Writing, lottery_id: UUID, member_id: UUID, source: ChanceSource, reference: str, most: int
) -> bool:
    """Use one of so many chances; False when all are used."""
    values = {"of_lottery": lottery_id, "of_member": member_id, "of_source": source.value}
    return most > 0 and await tx.value(_USE, **values, reference=reference, most=most) is not None


async def use_chance_of_order(tx: Writing, lottery_id: UUID, member_id: UUID) -> bool:
    """Use a chance that an order gave; the member's draws must come one after the other. False when none is left."""
    return await tx.value(_USE_OF_ORDER, of_lottery=lottery_id, of_member=member_id) is not None


async def grant_chances(tx: Writing, member_id: UUID, order_id: UUID, worth: int, at: datetime) -> dict[UUID, int]:
    """Give a member the chances of a paid order whose goods cost so many fen, once; by lotteries."""
    rows = await tx.rows(_GRANT, of_member=member_id, reference=order_id.hex, worth=worth, at=at)
    return {row["lottery_id"]: row["most"] for row in rows}


async def withdraw_chances(tx: Writing, member_id: UUID, order_id: UUID) -> list[UUID]:
    """Take back the chances of an order that were not used; returns of which lotteries."""
    return [row["lottery_id"] for row in await tx.rows(_WITHDRAW, of_member=member_id, of_order=order_id.hex)]


async def uses_of(
    reading: Reading, member_id: UUID, ids: Sequence[UUID]
) -> dict[UUID, dict[tuple[ChanceSource, str], tuple[int, int]]]:
    """How many chances a member used of how many, of each lottery, by source and reference."""
    found: dict[UUID, dict[tuple[ChanceSource, str], tuple[int, int]]] = {}
    for lottery_id, source, reference, used, most in await reading.rows(_USES, of_member=member_id, ids=list(ids)):
        found.setdefault(lottery_id, {})[ChanceSource(source), reference] = (used, most)
    return found


async def was_shared(reading: Reading, member_id: UUID, day: date) -> bool:
    """Whether another member opened a share of the member's on a day."""
    return await reading.value(_SHARED, of_member=member_id, day=day) is not None


_prize = bindparam("of_prize", type_=Uuid())
_TAKE = prepared(
    update(lottery_prize)
    .where(lottery_prize.c.id == _prize, lottery_prize.c.left > 0)
    .values({"left": lottery_prize.c.left - 1})
)
_PUT_BACK = prepared(
    update(lottery_prize).where(lottery_prize.c.id == _prize).values({"left": lottery_prize.c.left + 1})
)


async def take_prize(tx: Writing, prize_id: UUID) -> bool:
    """Take one of a stocked prize; False when none is left."""
    return bool(await tx.execute(_TAKE, of_prize=prize_id))


async def put_back(tx: Writing, prize_id: UUID) -> None:
    """Put one of a stocked prize back that could not be given after all."""
    await tx.execute(_PUT_BACK, of_prize=prize_id)
