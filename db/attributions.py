"""Attributions: the evidence for whom to credit, and the decisions that were made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    CheckConstraint,
    Column,
    ColumnElement,
    DateTime,
    ForeignKey,
    Index,
    Select,
    Subquery,
    Table,
    Text,
    Uuid,
    and_,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    null,
    or_,
    select,
    text,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on, insert

from db.connection import Reading, Row, Writing, by_key
from db.guides import (
    BINDING_COLUMNS,
    GUIDE_COLUMNS,
    GUIDES_IN_STORES,
    OPEN_BINDING,
    binding,
    binding_of,
    guide,
    guide_of,
)
from db.metadata import UUIDS, key, metadata, moment, one_of, refers_to
from db.shares import share, share_visit
from db.statements import Statement, prepared
from domain.guides import KNOWN_TO_ALL
from domain.shares import (
    NO_EVIDENCE,
    Attribution,
    AttributionKind,
    AttributionReason,
    Claim,
    Claimant,
    CodeOwner,
    Credit,
    Evidence,
    Funnel,
    Hold,
    TargetKind,
    Touch,
)

attribution = Table(
    "attribution",
    metadata,
    key(),
    *one_of("kind", AttributionKind),
    refers_to("member", "member_id"),
    # Who is credited is decided before the order is written, so the reference is looked at when both are there.
    Column("order_id", Uuid(), ForeignKey("order.id", deferrable=True, initially="DEFERRED"), unique=True),
    refers_to("share", "share_id", optional=True),
    refers_to("guide", "guide_id", optional=True),
    *one_of("reason", AttributionReason),
    moment("at"),
    CheckConstraint("(kind = 'ORDER') = (order_id IS NOT NULL)", name="an_order_has_its_id"),
    Index("uq_attribution_one_registration", "member_id", unique=True, postgresql_where=text("kind = 'REGISTRATION'")),
    Index(None, "share_id", "kind"),
    Index(None, "guide_id", "kind"),
)

_AT: BindParameter[datetime] = bindparam("at", type_=DateTime(timezone=True))
_IS_CREDITED = guide.c.status.in_([literal_column(f"'{status.value}'") for status in KNOWN_TO_ALL])


_asked = func.unnest(
    bindparam("members", type_=UUIDS), bindparam("codes", type_=ARRAY(Text())), bindparam("room_guides", type_=UUIDS)
)
_ASKED = _asked.table_valued(
    column("member_id", Uuid()), column("code", Text()), column("room_guide_id", Uuid()), with_ordinality="n"
).render_derived(name="asked")
"""The orders of a batch: who orders, with which code, in the room of which guide."""


def _owner_of(code: ColumnElement[str]) -> Subquery:
    """What a code belongs to: a share that has not expired, or a guide."""
    return union_all(
        select(share.c.id.label("share_id"), share.c.guide_id)
        .where(share.c.code == code, or_(share.c.expires_at.is_(None), share.c.expires_at > _AT))
        .correlate(_ASKED),
        select(cast(null(), Uuid()), guide.c.id).where(guide.c.share_code == code, _IS_CREDITED).correlate(_ASKED),
    ).subquery("owner")


_OWNER = _owner_of(bindparam("code", type_=Text()))
_FIND_OWNER = prepared(
    select(*GUIDE_COLUMNS, _OWNER.c.share_id).select_from(
        _OWNER.outerjoin(GUIDES_IN_STORES, guide.c.id == _OWNER.c.guide_id)
    )
)


async def find_owner(reading: Reading, code: str, at: datetime) -> CodeOwner | None:
    """What a code belongs to now; None when it is unknown or expired."""
    row = await reading.row(_FIND_OWNER, code=code, at=at)
    return None if row is None else CodeOwner(row["share_id"], guide_of(row) if row["id"] else None)


def _piece(what: str, **columns: ColumnElement[Any]) -> Select[Any]:
    """One kind of evidence, in the shape that all have."""
    shape: dict[str, ColumnElement[Any]] = {
        "share_id": cast(null(), Uuid()),
        "target_kind": cast(null(), Text()),
        "touched_at": cast(null(), DateTime(timezone=True)),
        **{f"binding_{c.name}": cast(null(), c.type) for c in BINDING_COLUMNS},
    }
    credit = (guide.c.id.label("guide_id"), guide.c.store_id.label("store_id"))
    found = (value.label(name) for name, value in (shape | columns).items())
    return select(literal_column(f"'{what}'").label("what"), *credit, *found)


def _touches() -> Select[Any]:
    """The last time that the member opened a share of each kind of target."""
    opened = share_visit.join(share, share.c.id == share_visit.c.share_id)
    columns = {"share_id": share.c.id, "target_kind": share.c.target_kind, "touched_at": share_visit.c.last_at}
    last = (
        _piece("TOUCH", **columns)
        .select_from(opened.outerjoin(guide, and_(guide.c.id == share.c.guide_id, _IS_CREDITED)))
        .where(
            share_visit.c.member_id == _ASKED.c.member_id,
            share_visit.c.last_at > bindparam("since", type_=DateTime(timezone=True)),
            share.c.sharer_member_id != _ASKED.c.member_id,
        )
        .ext(distinct_on(share.c.target_kind))
        .order_by(share.c.target_kind, share_visit.c.last_at.desc())
        .correlate(_ASKED)
        .subquery("last")
    )
    return select(last)


def _evidence() -> Statement:
    owner = _owner_of(_ASKED.c.code)
    pieces = union_all(
        _piece("CODE", share_id=owner.c.share_id).select_from(
            owner.outerjoin(guide, and_(guide.c.id == owner.c.guide_id, _IS_CREDITED))
        ),
        _piece("ROOM").where(guide.c.id == _ASKED.c.room_guide_id, _IS_CREDITED).correlate(_ASKED),
        _touches(),
        _piece("HOLD", **{f"binding_{c.name}": c for c in BINDING_COLUMNS})
        .join(binding, binding.c.guide_id == guide.c.id)
        .where(binding.c.member_id == _ASKED.c.member_id, OPEN_BINDING, _IS_CREDITED)
        .correlate(_ASKED),
    ).lateral("evidence")
    return prepared(select(_ASKED.c.n, *pieces.c).select_from(_ASKED.join(pieces, true())))


_EVIDENCE = _evidence()


def _credit(row: Row) -> Credit | None:
    return None if row["guide_id"] is None else Credit(row["guide_id"], row["store_id"])


def _hold(row: Row) -> Hold:
    return Hold(binding_of(row[-len(BINDING_COLUMNS) :]), Credit(row["guide_id"], row["store_id"]))


async def evidence_for(tx: Writing, asked: Sequence[Claimant], since: datetime, at: datetime) -> list[Evidence]:
    """All that decides about the attribution of each order, in one statement. A guide that left is no evidence."""
    members, codes, room_guides = zip(*asked, strict=True)
    rows = by_key(
        await tx.rows(_EVIDENCE, members=members, codes=codes, room_guides=room_guides, since=since, at=at),
        "n",
        lambda row: row,
    )
    return [_evidence_of(rows[n]) if n in rows else NO_EVIDENCE for n in range(1, len(asked) + 1)]


def _evidence_of(found: Sequence[Row]) -> Evidence:
    rows = by_key(found, "what", lambda row: row)
    explicit, room, hold = (next(iter(rows.get(what, ())), None) for what in ("CODE", "ROOM", "HOLD"))
    return Evidence(
        None if explicit is None else Claim(_credit(explicit), explicit["share_id"]),
        None if room is None else _credit(room),
        [
            Touch(row["share_id"], TargetKind(row["target_kind"]), _credit(row), row["touched_at"])
            for row in rows.get("TOUCH", ())
        ],
        None if hold is None else _hold(hold),
    )


_ADD = prepared(
    insert(attribution)
    .values({c.name: bindparam(c.name, type_=c.type) for c in attribution.c})
    .on_conflict_do_nothing()
)


async def add(tx: Writing, decided: Attribution) -> bool:
    """Keep a decision; False when there is one for this registration or order: the first stays."""
    return await tx.execute(_ADD, **values_of(decided)) > 0


def values_of(decided: Attribution) -> dict[str, Any]:
    """A decision as a row."""
    return {
        "id": decided.id,
        "kind": decided.kind.value,
        "member_id": decided.member_id,
        "order_id": decided.order_id,
        "share_id": decided.share_id,
        "guide_id": decided.guide_id,
        "reason": decided.reason.value,
        "at": decided.at,
    }


def _funnels() -> Statement:
    shared = func.unnest(bindparam("share_ids", type_=UUIDS)).table_valued("id", name="shared").render_derived()
    visits = (
        select(func.count().label("persons"), func.coalesce(func.sum(share_visit.c.views), 0).label("views"))
        .where(share_visit.c.share_id == shared.c.id)
        .lateral("visits")
    )
    credited = (
        select(
            func.count().filter(attribution.c.kind == literal_column("'REGISTRATION'")).label("registrations"),
            func.count().filter(attribution.c.kind == literal_column("'ORDER'")).label("orders"),
        )
        .where(attribution.c.share_id == shared.c.id)
        .lateral("credited")
    )
    return prepared(
        select(shared.c.id, visits.c.views, visits.c.persons, credited.c.registrations, credited.c.orders)
        .select_from(shared)
        .join(visits, true())
        .join(credited, true())
    )


_FUNNELS = _funnels()


async def funnels_of(reading: Reading, share_ids: Sequence[UUID]) -> dict[UUID, Funnel]:
    """What came of each share, in one statement."""
    rows = await reading.rows(_FUNNELS, share_ids=list(share_ids))
    return {row[0]: Funnel(int(row[1]), *row[2:]) for row in rows}
