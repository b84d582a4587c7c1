"""Draws of live rooms: tables of draws, prizes, entries and wins, and how draws are kept and read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Select,
    Table,
    UniqueConstraint,
    Uuid,
    and_,
    any_,
    bindparam,
    func,
    insert,
    literal_column,
    or_,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from db.connection import Reading, Row, Writing, by_key
from db.eligibility import CONDITION_COLUMNS, condition_values, conditions, conditions_of
from db.live import live_room
from db.members import member
from db.metadata import UUIDS, amount, count, key, metadata, moment, one_of, refers_to, words
from db.statements import prepared
from domain.draw_terms import DrawKind, Fairness, Prize, PrizeKind
from domain.drawing import Turn
from domain.draws import WINNERS_SHOWN, Draw, DrawCard, DrawState, Winner
from domain.live import OPEN_STATES
from domain.members import masked_name
from domain.payloads import reader_of
from domain.records import names_of
from domain.room_events import LiveRoomState
from domain.sponsors import Sponsor

draw = Table(
    "draw",
    metadata,
    key(),
    refers_to("live_room", "live_room_id"),
    *one_of("kind", DrawKind),
    *one_of("state", DrawState),
    words("title"),
    *one_of("fairness", Fairness),
    Column("most_wins", Integer(), nullable=False),
    Column("countdown_s", Integer()),
    Column("claim_hours", Integer(), nullable=False),
    *conditions(),
    *one_of("sponsor", Sponsor),
    refers_to("member", "sponsor_id"),
    Column("seed", LargeBinary()),
    words("commitment", optional=True),
    words("participants_hash", optional=True),
    Column("opened_seq", BigInteger(), nullable=False, server_default=text("0")),
    moment("created_at"),
    moment("opened_at", optional=True),
    moment("closes_at", optional=True),
    moment("drawn_at", optional=True),
    count("entrants"),
    count("winner_count"),
    Column("version", Integer(), nullable=False, server_default=text("1")),
    CheckConstraint("most_wins BETWEEN 1 AND 99", name="most_wins_is_within_bounds"),
    CheckConstraint(
        "state IN ('DRAFT', 'WITHDRAWN') OR (seed IS NOT NULL AND commitment = encode(sha256(seed), 'hex'))",
        name="seed_is_bound",
    ),
    CheckConstraint("(state = 'DRAWN') = (participants_hash IS NOT NULL)", name="drawn_has_a_hash"),
    Index(None, "live_room_id", "id"),
    Index("ix_draw_running", "id", postgresql_where=text("state IN ('OPEN', 'CLOSED')")),
)

draw_prize = Table(
    "draw_prize",
    metadata,
    key(),
    refers_to("draw", "draw_id"),
    Column("position", Integer(), nullable=False),
    *one_of("kind", PrizeKind),
    words("name"),
    words("picture_url", optional=True),
    Column("count", Integer(), nullable=False),
    refers_to("variant", "variant_id", optional=True),
    amount("coins"),
    UniqueConstraint("draw_id", "position"),
    CheckConstraint("count BETWEEN 1 AND 10000", name="count_is_within_bounds"),
    CheckConstraint("(kind = 'GOODS') = (variant_id IS NOT NULL)", name="goods_are_a_variant"),
    CheckConstraint("(kind = 'COINS') = (coins > 0) AND coins >= 0", name="coins_have_a_number"),
)

draw_entry = Table(
    "draw_entry",
    metadata,
    refers_to("draw", "draw_id"),
    refers_to("member", "member_id"),
    Column("ticket", Uuid(), nullable=False),
    *one_of("turn", Turn, default=Turn.FIRST),
    moment("at"),
    PrimaryKeyConstraint("draw_id", "member_id"),
    UniqueConstraint("draw_id", "ticket"),
)

draw_win = Table(
    "draw_win",
    metadata,
    key(),
    refers_to("draw", "draw_id"),
    refers_to("draw_prize", "prize_id"),
    refers_to("member", "member_id"),
    Column("position", Integer(), nullable=False),
    moment("won_at"),
    moment("claim_by"),
    moment("claimed_at", optional=True),
    moment("lapsed_at", optional=True),
    Column("address", JSONB()),
    UniqueConstraint("draw_id", "member_id"),
    UniqueConstraint("draw_id", "position"),
    CheckConstraint("claimed_at IS NULL OR lapsed_at IS NULL", name="claimed_or_lapsed"),
    Index(None, "member_id", "won_at"),
    Index("ix_draw_win_waiting", "claim_by", postgresql_where=text("claimed_at IS NULL AND lapsed_at IS NULL")),
)

_named_parts: list[Any] = []
for _name in names_of(Prize):
    _named_parts += [literal_column(f"'{_name}'"), draw_prize.c[_name]]
_prizes = (
    select(
        func.jsonb_agg(
            aggregate_order_by(
                func.jsonb_build_object(*_named_parts),
                draw_prize.c.position,
            )
        )
    )
    .where(draw_prize.c.draw_id == draw.c.id)
    .scalar_subquery()
)
_shown = (
    select(draw_win.c.position, member.c.nickname, draw_win.c.prize_id)
    .join(member, member.c.id == draw_win.c.member_id)
    .where(draw_win.c.draw_id == draw.c.id)
    .order_by(draw_win.c.position)
    .limit(literal_column(str(WINNERS_SHOWN)))
    .correlate(draw)
    .subquery("shown")
)
_winners = select(
    func.jsonb_agg(aggregate_order_by(func.jsonb_build_array(_shown.c.nickname, _shown.c.prize_id), _shown.c.position))
).scalar_subquery()
_DRAWS: Select[Any] = select(*draw.c, _prizes.label("prizes"), _winners.label("winners"))
_read_prizes = reader_of(tuple[Prize, ...])


def _card(row: Row) -> DrawCard:
    return DrawCard(
        row["id"],
        DrawKind(row["kind"]),
        DrawState(row["state"]),
        row["title"],
        _read_prizes(row["prizes"]),
        conditions_of(row),
        Fairness(row["fairness"]),
        row["most_wins"],
        row["commitment"],
        row["opened_at"],
        row["closes_at"],
        row["entrants"],
        tuple(Winner(masked_name(nickname), UUID(prize)) for nickname, prize in row["winners"] or ()),
        row["winner_count"],
        row["version"],
    )


def _draw(row: Row) -> Draw:
    return Draw(
        _card(row),
        row["live_room_id"],
        Sponsor(row["sponsor"]),
        row["sponsor_id"],
        row["countdown_s"],
        row["claim_hours"],
        row["opened_seq"],
        row["seed"],
        row["participants_hash"],
        row["drawn_at"],
    )


_BY_ID = prepared(_DRAWS.where(draw.c.id == any_(bindparam("ids", type_=UUIDS))))
_LOCK = prepared(_DRAWS.where(draw.c.id == bindparam("id", type_=Uuid())).with_for_update(of=draw, key_share=True))
_LOCK_ALONE = prepared(_DRAWS.where(draw.c.id == bindparam("id", type_=Uuid())).with_for_update(of=draw))
_room = func.unnest(bindparam("room_ids", type_=UUIDS)).table_valued("room_id", name="room").render_derived()
_latest = (
    _DRAWS.where(draw.c.live_room_id == _room.c.room_id, draw.c.opened_at.is_not(None))
    .order_by(draw.c.id.desc())
    .limit(bindparam("most", type_=Integer()))
    .lateral("latest")
)
_OF_ROOMS = prepared(select(*_latest.c).select_from(_room.join(_latest, true())).order_by(_latest.c.id.desc()))
_PREPARED = prepared(
    _DRAWS.where(draw.c.live_room_id == any_(bindparam("room_ids", type_=UUIDS)), draw.c.state == "DRAFT").order_by(
        draw.c.id
    )
)
_is_over = or_(
    draw.c.closes_at <= bindparam("now", type_=DateTime(timezone=True)),
    live_room.c.state.not_in([literal_column(f"'{state.value}'") for state in OPEN_STATES]),
)
_LOCK_OVER = prepared(
    _DRAWS.add_columns(live_room.c.state.label("room_state"))
    .join(live_room, live_room.c.id == draw.c.live_room_id)
    .where(draw.c.state == literal_column("'OPEN'"), _is_over)
    .order_by(draw.c.id)
    .limit(bindparam("most"))
    .with_for_update(of=draw, key_share=True, skip_locked=True)
)
_CLOSED = prepared(
    select(draw.c.id).where(draw.c.state == literal_column("'CLOSED'")).order_by(draw.c.id).limit(bindparam("most"))
)
_entered = (
    select(func.count()).where(draw_entry.c.draw_id == draw.c.id).correlate(draw).scalar_subquery().label("entered")
)
_LOCK_GROWN = prepared(
    _DRAWS.add_columns(_entered)
    .where(draw.c.state == literal_column("'OPEN'"), _entered != draw.c.entrants)
    .order_by(draw.c.id)
    .limit(bindparam("most"))
    .with_for_update(of=draw, key_share=True, skip_locked=True)
)
_RUNNING = prepared(
    select(func.count()).where(
        draw.c.live_room_id == bindparam("room_id", type_=Uuid()),
        draw.c.state.in_([literal_column("'DRAFT'"), literal_column("'OPEN'")]),
    )
)
_NEW = (
    *("id", "live_room_id", "kind", "state", "title", "fairness", "most_wins", "countdown_s", "claim_hours"),
    *(*CONDITION_COLUMNS, "sponsor", "sponsor_id", "created_at"),
)
_ADD = prepared(insert(draw).values({name: bindparam(name, type_=draw.c[name].type) for name in _NEW}))
_ADD_PRIZE = prepared(insert(draw_prize).values({c.name: bindparam(c.name, type_=c.type) for c in draw_prize.c}))
_CHANGING = (
    *("state", "seed", "commitment", "participants_hash", "opened_seq", "opened_at", "closes_at", "drawn_at"),
    *("entrants", "winner_count", "version"),
)
_SAVE = prepared(
    update(draw)
    .where(
        and_(
            draw.c.id == bindparam("of_draw", type_=Uuid()),
            draw.c.version == bindparam("version", type_=Integer()) - literal_column("1"),
        )
    )
    .values({name: bindparam(name, type_=draw.c[name].type) for name in _CHANGING})
)


async def draws_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, Draw]:
    return {row["id"]: _draw(row) for row in await reading.rows(_BY_ID, ids=list(ids))}


async def lock(tx: Writing, draw_id: UUID) -> Draw | None:
    """Find a draw and keep others from changing it until the transaction ends. Members go on entering."""
    row = await tx.row(_LOCK, id=draw_id)
    return None if row is None else _draw(row)


async def lock_alone(tx: Writing, draw_id: UUID) -> Draw | None:
    """Find a draw once nobody is about to enter it any more: an entry that is not committed yet is waited for."""
    row = await tx.row(_LOCK_ALONE, id=draw_id)
    return None if row is None else _draw(row)


async def lock_over(tx: Writing, at: datetime, most: int) -> list[tuple[Draw, LiveRoomState]]:
    """Open draws whose time is over, or whose room is, with the state of the room."""
    return [(_draw(row), LiveRoomState(row["room_state"])) for row in await tx.rows(_LOCK_OVER, now=at, most=most)]


async def lock_grown(tx: Writing, most: int) -> list[tuple[Draw, int]]:
    """Open draws that more have entered than was last told, with how many have."""
    return [(_draw(row), row["entered"]) for row in await tx.rows(_LOCK_GROWN, most=most)]


async def closed(reading: Reading, most: int) -> list[UUID]:
    """Draws that wait to be drawn."""
    return [row["id"] for row in await reading.rows(_CLOSED, most=most)]


async def draws_of(reading: Reading, room_ids: Sequence[UUID], most: int) -> dict[UUID, list[Draw]]:
    """The latest draws of each room that were opened, the newest first."""
    return by_key(await reading.rows(_OF_ROOMS, room_ids=list(room_ids), most=most), "live_room_id", _draw)


async def prepared_of(reading: Reading, room_ids: Sequence[UUID]) -> dict[UUID, list[Draw]]:
    """The draws of each room that wait to be opened, the oldest first."""
    return by_key(await reading.rows(_PREPARED, room_ids=list(room_ids)), "live_room_id", _draw)


async def how_many_run(tx: Writing, room_id: UUID) -> int:
    """How many draws of a room are prepared or open; the room must be locked for that to stay true."""
    return int(await tx.value(_RUNNING, room_id=room_id))


async def add(tx: Writing, new: Draw, at: datetime) -> None:
    """Keep a draw that is prepared, with its prizes."""
    card = new.card
    await tx.execute(
        _ADD,
        id=new.id,
        live_room_id=new.room_id,
        kind=card.kind.value,
        state=card.state.value,
        title=card.title,
        fairness=card.fairness.value,
        most_wins=card.most_wins,
        countdown_s=new.countdown_s,
        claim_hours=new.claim_hours,
        **condition_values(card.conditions),
        sponsor=new.sponsor.value,
        sponsor_id=new.sponsor_id,
        created_at=at,
    )
    await tx.execute_many(
        _ADD_PRIZE, [_prize_row(new.id, position, prize) for position, prize in enumerate(card.prizes)]
    )


def _prize_row(draw_id: UUID, position: int, prize: Prize) -> dict[str, Any]:
    values = {name: getattr(prize, name) for name in names_of(Prize)}
    return values | {"draw_id": draw_id, "position": position, "kind": prize.kind.value}


async def save(tx: Writing, changed: Draw) -> None:
    """Keep what changed of a locked draw, by one version."""
    card = changed.card
    saved = await tx.execute(
        _SAVE,
        of_draw=changed.id,
        state=card.state.value,
        seed=changed.seed,
        commitment=card.commitment,
        participants_hash=changed.participants_hash,
        opened_seq=changed.opened_seq,
        opened_at=card.opened_at,
        closes_at=card.closes_at,
        drawn_at=changed.drawn_at,
        entrants=card.entrants,
        winner_count=card.winner_count,
        version=card.version,
    )
    assert saved == 1, f"draw {changed.id} was not locked"
