"""Groups: the groups of group buys and their seats.

A seat has a number that is unique in its group and no larger than the group's size: a full group takes nobody more,
whoever asks. Seats change under the lock of their group.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Select,
    Table,
    UniqueConstraint,
    Uuid,
    all_,
    any_,
    bindparam,
    column,
    func,
    literal_column,
    or_,
    select,
    text,
    true,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from db.connection import Reading, Row, Writing, by_key
from db.metadata import (
    UUIDS,
    as_json,
    count,
    given_rows,
    in_columns,
    json_rows,
    key,
    metadata,
    moment,
    one_of,
    refers_to,
    words,
)
from db.statements import once, prepared
from db.writes import Part, Write
from domain.group_buys import MOST_SIZE
from domain.groups import Group, GroupState, Seat, SeatState

buying_group = Table(
    "buying_group",
    metadata,
    key(),
    refers_to("group_buy", "group_buy_id"),
    refers_to("product", "product_id"),
    Column("size", Integer(), nullable=False),
    Column("lasts_s", Integer(), nullable=False),
    *one_of("state", GroupState),
    moment("created_at"),
    moment("formed_at", optional=True),
    moment("expires_at"),
    moment("over_at", optional=True),
    count("virtual"),
    Column("winners", Integer()),
    Column("seed", LargeBinary()),
    words("participants_hash", optional=True),
    Column("settled", Boolean(), nullable=False, server_default=text("false")),
    Column("version", Integer(), nullable=False, server_default=text("1")),
    UniqueConstraint("id", "size"),
    CheckConstraint(f"size BETWEEN 2 AND {MOST_SIZE}", name="size_is_within_bounds"),
    CheckConstraint("virtual BETWEEN 0 AND size - 1", name="somebody_is_real"),
    CheckConstraint("(winners IS NULL) = (seed IS NULL)", name="a_draw_has_a_seed"),
    CheckConstraint(
        "(formed_at IS NULL) = (state = 'WAITING') OR state = 'FAILED'",
        name="it_forms_by_a_payment",
    ),
    CheckConstraint("(over_at IS NULL) = (state IN ('WAITING', 'FORMING'))", name="what_is_over_has_a_time"),
    Index(None, "group_buy_id", "expires_at", "id", postgresql_where=text("state = 'FORMING'")),
    Index("ix_buying_group_expiring", "expires_at", "id", postgresql_where=text("state IN ('WAITING', 'FORMING')")),
    Index("ix_buying_group_to_settle", "id", postgresql_where=text("state IN ('SUCCEEDED', 'FAILED') AND NOT settled")),
)

group_seat = Table(
    "group_seat",
    metadata,
    Column("order_id", Uuid(), primary_key=True),
    Column("group_id", Uuid(), nullable=False),
    refers_to("group_buy", "group_buy_id"),
    refers_to("member", "member_id"),
    Column("size", Integer(), nullable=False),
    Column("number", Integer()),
    *one_of("state", SeatState),
    moment("taken_at", optional=True),
    Column("won", Boolean()),
    ForeignKeyConstraint(["order_id"], ["order.id"], deferrable=True, initially="DEFERRED"),
    ForeignKeyConstraint(["group_id", "size"], ["buying_group.id", "buying_group.size"]),
    CheckConstraint("number BETWEEN 1 AND size", name="number_is_one_of_the_group"),
    CheckConstraint("(number IS NULL) = (state = 'LEFT')", name="who_left_has_no_number"),
    CheckConstraint("state <> 'HELD' OR taken_at IS NULL", name="what_is_held_is_unpaid"),
    UniqueConstraint("group_id", "number"),
    Index("uq_group_seat_member", "group_id", "member_id", unique=True, postgresql_where=text("state <> 'LEFT'")),
    Index(
        "uq_group_seat_one_forming",
        "group_buy_id",
        "member_id",
        unique=True,
        postgresql_where=text("state IN ('HELD', 'TAKEN')"),
    ),
)

_GROUP = (
    *(
        "id",
        "group_buy_id",
        "product_id",
        "size",
        "lasts_s",
        "state",
        "created_at",
        "formed_at",
        "expires_at",
        "over_at",
    ),
    *("virtual", "winners", "seed", "participants_hash", "version"),
)
_GROUPS: Select[Any] = select(*(buying_group.c[name] for name in _GROUP))
_SEAT = ("order_id", "group_id", "member_id", "number", "state", "taken_at", "won")
_SEATS: Select[Any] = select(*(group_seat.c[name] for name in _SEAT))
_IS_THERE = group_seat.c.state != literal_column("'LEFT'")


def _seat(row: Row) -> Seat:
    return Seat(row[0], row[1], row[2], row[3], SeatState(row[4]), row[5], row[6])


def _group(row: Row, seats: Sequence[Seat] = ()) -> Group:
    values = {name: row[name] for name in _GROUP} | {"state": GroupState(row["state"])}
    return Group(**values, seats=tuple(seats))


_ids = bindparam("ids", type_=UUIDS)
_now = bindparam("now", type_=DateTime(timezone=True))
_LOCK = prepared(
    _GROUPS.where(buying_group.c.id == any_(_ids)).order_by(buying_group.c.id).with_for_update(key_share=True)
)
_LOCK_OF_ORDER = prepared(
    _GROUPS.join(group_seat, group_seat.c.group_id == buying_group.c.id)
    .where(group_seat.c.order_id == bindparam("order_id", type_=Uuid()))
    .with_for_update(of=buying_group, key_share=True)
)
_LOCK_EXPIRED = prepared(
    _GROUPS.where(
        buying_group.c.state.in_([literal_column("'WAITING'"), literal_column("'FORMING'")]),
        buying_group.c.expires_at <= _now,
        buying_group.c.id != all_(bindparam("but", type_=UUIDS)),
    )
    .order_by(buying_group.c.expires_at, buying_group.c.id)
    .limit(literal_column("1"))
    .with_for_update(key_share=True, skip_locked=True)
)
_BY_ID = prepared(_GROUPS.where(buying_group.c.id == any_(_ids)))
_ENDS = prepared(
    select(buying_group.c.id, buying_group.c.expires_at).where(
        buying_group.c.id == any_(_ids), buying_group.c.state == literal_column("'FORMING'")
    )
)
_SEATS_OF = prepared(_SEATS.where(group_seat.c.group_id == any_(_ids), _IS_THERE).order_by(group_seat.c.number))
_pairs = (
    func.unnest(bindparam("group_buy_ids", type_=UUIDS), bindparam("member_ids", type_=UUIDS))
    .table_valued(column("group_buy_id", Uuid()), column("member_id", Uuid()))
    .render_derived(name="pairs")
)
_SEATS_CONCERNED = prepared(
    _SEATS.add_columns(group_seat.c.group_buy_id).where(
        or_(
            group_seat.c.group_id == any_(_ids),
            tuple_(group_seat.c.group_buy_id, group_seat.c.member_id).in_(
                select(_pairs.c.group_buy_id, _pairs.c.member_id)
            )
            & group_seat.c.state.in_([literal_column("'HELD'"), literal_column("'TAKEN'")]),
        ),
        _IS_THERE,
    )
)
_given = func.unnest(_ids).table_valued("group_buy_id", name="given").render_derived()
_joinable = (
    _GROUPS.where(
        buying_group.c.group_buy_id == _given.c.group_buy_id,
        buying_group.c.state == literal_column("'FORMING'"),
        buying_group.c.expires_at > _now,
        select(func.count())
        .where(group_seat.c.group_id == buying_group.c.id, _IS_THERE)
        .correlate(buying_group)
        .scalar_subquery()
        < buying_group.c.size,
    )
    .order_by(buying_group.c.expires_at, buying_group.c.id)
    .limit(bindparam("most", type_=Integer()))
    .lateral("joinable")
)
_JOINABLE = prepared(
    select(*_joinable.c).select_from(_given.join(_joinable, true())).order_by(_joinable.c.expires_at, _joinable.c.id)
)
_OF_ORDERS = prepared(
    _GROUPS.add_columns(group_seat.c.order_id)
    .join(group_seat, group_seat.c.group_id == buying_group.c.id)
    .where(group_seat.c.order_id == any_(_ids))
)
_IS_OVER = buying_group.c.state.in_([literal_column("'SUCCEEDED'"), literal_column("'FAILED'")])
_TO_SETTLE = prepared(
    select(group_seat.c.order_id)
    .join(buying_group, buying_group.c.id == group_seat.c.group_id)
    .where(
        _IS_OVER,
        ~buying_group.c.settled,
        group_seat.c.state == literal_column("'TAKEN'"),
        group_seat.c.order_id != all_(bindparam("but", type_=UUIDS)),
    )
    .order_by(buying_group.c.id, group_seat.c.number)
    .limit(literal_column("1"))
)
_is_unsettled = (
    select(literal_column("1"))
    .where(
        group_seat.c.group_id == buying_group.c.id,
        group_seat.c.state.in_([literal_column("'HELD'"), literal_column("'TAKEN'")]),
    )
    .correlate(buying_group)
    .exists()
)
_OF_WHOM_ALL_ARE = (
    select(buying_group.c.id)
    .where(_IS_OVER, ~buying_group.c.settled, ~_is_unsettled)
    .order_by(buying_group.c.id)
    .limit(bindparam("most", type_=Integer()))
    .with_for_update(key_share=True, skip_locked=True)
)
_SETTLED = prepared(
    update(buying_group)
    .where(buying_group.c.id.in_(once(_OF_WHOM_ALL_ARE, "done")))
    .values(settled=literal_column("true"))
)
_ORDER_OF = prepared(
    select(group_seat.c.order_id).where(
        group_seat.c.group_id == bindparam("group_id", type_=Uuid()),
        group_seat.c.member_id == bindparam("member_id", type_=Uuid()),
        _IS_THERE,
    )
)
_NEW_GROUP = tuple(
    buying_group.c[name]
    for name in (
        *("id", "group_buy_id", "product_id", "size", "lasts_s", "state", "created_at", "expires_at"),
        *("winners", "seed"),
    )
)
_new_groups = json_rows("new_groups", _NEW_GROUP)
_add_groups = insert(buying_group).from_select([one.name for one in _NEW_GROUP], select(*_new_groups.c))
_ADD = prepared(_add_groups)
_BEGUN = Part("new_groups", _add_groups.returning(buying_group.c.id).cte("groups_begun"))
_NEW_SEAT = tuple(
    group_seat.c[name] for name in ("order_id", "group_id", "group_buy_id", "member_id", "size", "number", "state")
)
_new_seats = json_rows("new_seats", _NEW_SEAT)
_SEATED = Part(
    "new_seats",
    insert(group_seat)
    .from_select([one.name for one in _NEW_SEAT], select(*_new_seats.c).order_by(_new_seats.c.group_id))
    .returning(group_seat.c.order_id)
    .cte("seats_held"),
)
_MUTABLE = ("state", "formed_at", "expires_at", "over_at", "virtual", "participants_hash", "version")
_save_group = (
    update(buying_group)
    .where(buying_group.c.id == bindparam("of_group", type_=Uuid()))
    .values({name: bindparam(name, type_=buying_group.c[name].type) for name in _MUTABLE})
)
_CHANGED_SEAT = tuple(group_seat.c[name] for name in ("order_id", "group_id", "number", "state", "taken_at", "won"))
_changed = given_rows("changed", _CHANGED_SEAT)
_SAVE = prepared(
    update(group_seat)
    .where(group_seat.c.order_id == _changed.c.order_id)
    .values({name: _changed.c[name] for name in ("group_id", "number", "state", "taken_at", "won")})
    .add_cte(_save_group.cte("saved"))
)


async def lock(tx: Writing, ids: Iterable[UUID]) -> dict[UUID, Group]:
    """Groups, kept as they are until the transaction ends, without their seats: what is read with a lock is old."""
    return {row["id"]: _group(row) for row in await tx.rows(_LOCK, ids=list(ids))}


async def seats_concerned(
    reading: Reading, group_ids: Collection[UUID], pairs: Collection[tuple[UUID, UUID]]
) -> list[tuple[UUID, Seat]]:
    """The seats of locked groups, and those that members (by group buy) hold or took in groups that are not settled.

    Each with its group buy.
    """
    rows = await reading.rows(
        _SEATS_CONCERNED,
        ids=list(group_ids),
        group_buy_ids=[one for one, _ in pairs],
        member_ids=[member for _, member in pairs],
    )
    return [(row["group_buy_id"], _seat(row)) for row in rows]


async def lock_of_order(tx: Writing, order_id: UUID) -> Group | None:
    """The group in which an order holds a seat, with its seats, kept so until the transaction ends."""
    return await _with_seats(tx, await tx.row(_LOCK_OF_ORDER, order_id=order_id))


async def lock_expired(tx: Writing, at: datetime, but: Collection[UUID]) -> Group | None:
    """A group whose time is over, with its seats."""
    return await _with_seats(tx, await tx.row(_LOCK_EXPIRED, now=at, but=list(but)))


async def _with_seats(tx: Writing, row: Row | None) -> Group | None:
    if row is None:
        return None
    # Read after the lock was there: with it, one would see the seats of before the wait.
    return _group(row, [_seat(seat) for seat in await tx.rows(_SEATS_OF, ids=[row["id"]])])


async def _all_with_seats(reading: Reading, rows: Sequence[Row]) -> list[Group]:
    if not rows:
        return []
    seats = by_key(await reading.rows(_SEATS_OF, ids=[row["id"] for row in rows]), "group_id", _seat)
    return [_group(row, seats.get(row["id"], [])) for row in rows]


async def groups_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, Group]:
    return {one.id: one for one in await _all_with_seats(reading, await reading.rows(_BY_ID, ids=list(ids)))}


async def ends_of(reading: Reading, ids: Collection[UUID]) -> dict[UUID, datetime]:
    """Until when groups that form can be joined."""
    return {row["id"]: row["expires_at"] for row in await reading.rows(_ENDS, ids=list(ids))}


async def joinable_of(
    reading: Reading, group_buy_ids: Sequence[UUID], at: datetime, most: int
) -> dict[UUID, list[Group]]:
    """Groups of each group buy that fill and have a place, the first to expire first; at most so many of each."""
    rows = await reading.rows(_JOINABLE, ids=list(group_buy_ids), now=at, most=most)
    found: dict[UUID, list[Group]] = {}
    for one in await _all_with_seats(reading, rows):
        found.setdefault(one.group_buy_id, []).append(one)
    return found


async def groups_of_orders(reading: Reading, order_ids: Sequence[UUID]) -> dict[UUID, Group]:
    """The group of each order that holds, or held, a seat of one."""
    rows = await reading.rows(_OF_ORDERS, ids=list(order_ids))
    by_id = {one.id: one for one in await _all_with_seats(reading, rows)}
    return {row["order_id"]: by_id[row["id"]] for row in rows}


def begun(groups: Sequence[Group], seats: Sequence[tuple[UUID, int, Seat]]) -> list[Write]:
    """New groups, and new seats with their group buy and the size of their group.

    Nobody else may have a number of theirs meanwhile, nor the member another seat.
    """
    rows = [_values(seat) | {"group_buy_id": group_buy_id, "size": size} for group_buy_id, size, seat in seats]
    return [
        Write.of(_BEGUN, [_of(_NEW_GROUP, _values(one)) for one in groups]),
        Write.of(_SEATED, [_of(_NEW_SEAT, row) for row in rows]),
    ]


def _of(columns: Sequence[Column[Any]], row: dict[str, Any]) -> dict[str, Any]:
    names = {one.name for one in columns}
    return {key: value for key, value in row.items() if key in names}


def _values(one: Group | Seat) -> dict[str, Any]:
    return {field.name: getattr(one, field.name) for field in fields(one)} | {"state": one.state.value}


async def add_empty(tx: Writing, new: Group) -> None:
    """Keep a new group, into which a seat is going to move."""
    await tx.execute(_ADD, new_groups=as_json([_of(_NEW_GROUP, _values(new))]))


async def save(tx: Writing, changed: Group, seats: Sequence[Seat]) -> None:
    """Keep a locked group as it is now, and those of its seats that changed."""
    group = {name: value for name, value in _values(changed).items() if name in _MUTABLE}
    rows = in_columns("changed", _CHANGED_SEAT, list(map(_values, seats)))
    await tx.execute(_SAVE, of_group=changed.id, **group, **rows)


async def find_to_settle(reading: Reading, but: Collection[UUID]) -> UUID | None:
    """The order of a taken seat whose group is over; None when there is no more."""
    found: UUID | None = await reading.value(_TO_SETTLE, but=list(but))
    return found


async def mark_settled(tx: Writing, most: int) -> int:
    """Look no more after groups that are over and of which no seat is held or taken; returns how many."""
    return await tx.execute(_SETTLED, most=most)


async def order_of(reading: Reading, group_id: UUID, member_id: UUID) -> UUID | None:
    """The order with which a member is in a group."""
    found: UUID | None = await reading.value(_ORDER_OF, group_id=group_id, member_id=member_id)
    return found
