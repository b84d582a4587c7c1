"""Evidence: all that speaks for crediting somebody with an order, read in one statement for a batch of orders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    Boolean,
    ColumnElement,
    CompoundSelect,
    DateTime,
    FromClause,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    cast,
    column,
    false,
    func,
    literal_column,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY

from db.bindings import BINDING_COLUMNS, binding, binding_of
from db.channels import acquisition
from db.connection import Reading, Row, by_key
from db.guides import GUIDE_COLUMNS, GUIDES_IN_STORES, guide, guide_of
from db.hooks import hook, hook_code, hook_scan
from db.metadata import UUIDS
from db.shares import share, share_visit
from db.statements import Statement, prepared
from domain.evidence import (
    MOST_TOUCHES,
    NO_EVIDENCE,
    AttributionPolicy,
    CameBy,
    Claim,
    Claimant,
    CodeOwner,
    Credit,
    Evidence,
    Hold,
    Room,
    Touch,
    TouchRule,
)
from domain.guides import KNOWN_TO_ALL, GuideStatus
from domain.shares import TargetKind

_AT: BindParameter[datetime] = bindparam("at", type_=DateTime(timezone=True))
_IS_CREDITED = guide.c.status.in_([literal_column(f"'{status.value}'") for status in KNOWN_TO_ALL])
_SHARE_IS_OPEN = or_(share.c.expires_at.is_(None), share.c.expires_at > _AT)

_asked = func.unnest(
    bindparam("members", type_=UUIDS), bindparam("codes", type_=ARRAY(Text())), bindparam("room_guides", type_=UUIDS)
)
_ASKED = _asked.table_valued(
    column("member_id", Uuid()), column("code", Text()), column("room_guide_id", Uuid()), with_ordinality="n"
).render_derived(name="asked")
"""The orders of a batch: who orders, with which code, in the room of which guide."""

_CODE = bindparam("code", type_=Text())
_NO_ID = cast(null(), Uuid())
_HOOK_IS_OPEN = and_(
    or_(hook.c.starts_at.is_(None), hook.c.starts_at <= _AT), or_(hook.c.ends_at.is_(None), hook.c.ends_at > _AT)
)
_OF_HOOK = ("hook_id", "channel_id", "hook_store_id")
_NO_HOOK = tuple(_NO_ID.label(name) for name in _OF_HOOK)
_OWNER = union_all(
    select(share.c.id.label("share_id"), share.c.guide_id, *_NO_HOOK).where(share.c.code == _CODE, _SHARE_IS_OPEN),
    select(_NO_ID, guide.c.id, *_NO_HOOK).where(guide.c.share_code == _CODE, _IS_CREDITED),
    select(_NO_ID, guide.c.id, hook.c.id, hook.c.channel_id, hook.c.store_id)
    .select_from(
        hook_code.join(hook, hook.c.id == hook_code.c.hook_id).outerjoin(
            guide, and_(guide.c.id == hook.c.guide_id, _IS_CREDITED)
        )
    )
    .where(hook_code.c.code == _CODE, _HOOK_IS_OPEN),
).subquery("owner")
_FIND_OWNER = prepared(
    select(*GUIDE_COLUMNS, _OWNER.c.share_id, *(_OWNER.c[name] for name in _OF_HOOK)).select_from(
        _OWNER.outerjoin(GUIDES_IN_STORES, guide.c.id == _OWNER.c.guide_id)
    )
)


async def find_owner(reading: Reading, code: str, at: datetime) -> CodeOwner | None:
    """What a code belongs to now; None when it is unknown or expired."""
    row = await reading.row(_FIND_OWNER, code=code, at=at)
    if row is None:
        return None
    of_hook = (row[name] for name in _OF_HOOK)
    return CodeOwner(row["share_id"], guide_of(row) if row["id"] else None, *of_hook)


CREDIT = {
    "guide_id": guide.c.id,
    "store_id": guide.c.store_id,
    "guide_member_id": guide.c.member_id,
    "guide_status": guide.c.status,
}
HELD = and_(binding.c.bound_at <= _AT, or_(binding.c.ended_at.is_(None), binding.c.ended_at > _AT))
"""The binding that has begun and was not ended; whether it has expired is seen by who decides."""
_ORIGIN = share.alias("origin")


def _piece(what: str, **columns: ColumnElement[Any]) -> Select[Any]:
    """One kind of evidence, in the shape that all have."""
    shape: dict[str, ColumnElement[Any]] = {
        **CREDIT,
        "share_id": cast(null(), Uuid()),
        "sharer_id": cast(null(), Uuid()),
        "is_over": cast(null(), Boolean()),
        "target_kind": cast(null(), Text()),
        "touched_at": cast(null(), DateTime(timezone=True)),
        "first_at": cast(null(), DateTime(timezone=True)),
        "channel_id": _NO_ID,
        **{f"binding_{c.name}": cast(null(), c.type) for c in BINDING_COLUMNS},
    }
    found = (value.label(name) for name, value in (shape | columns).items())
    return select(literal_column(f"'{what}'").label("what"), *found)


def _with_guide(shares: FromClause) -> FromClause:
    """Shares with the guide who shared, or, of a member's forward, with the guide whose share was forwarded."""
    forwards = and_(
        _ORIGIN.c.id == share.c.parent_id, share.c.guide_id.is_(None), bindparam("forwards_count", type_=Boolean())
    )
    return shares.outerjoin(_ORIGIN, forwards).outerjoin(
        guide, guide.c.id == func.coalesce(share.c.guide_id, _ORIGIN.c.guide_id)
    )


_STORE_OF_HOOK = func.coalesce(hook.c.store_id, guide.c.store_id)


def _of_code() -> CompoundSelect[Any]:
    by_share = _piece("CODE", share_id=share.c.id, sharer_id=share.c.sharer_member_id, is_over=~_SHARE_IS_OPEN)
    by_guide = _piece("CODE", sharer_id=guide.c.member_id).where(guide.c.share_code == _ASKED.c.code)
    by_hook = _piece("CODE", store_id=_STORE_OF_HOOK, is_over=~_HOOK_IS_OPEN)
    hooks = hook_code.join(hook, hook.c.id == hook_code.c.hook_id).outerjoin(guide, guide.c.id == hook.c.guide_id)
    return union_all(
        by_share.select_from(_with_guide(share)).where(share.c.code == _ASKED.c.code).correlate(_ASKED),
        by_guide.correlate(_ASKED),
        by_hook.select_from(hooks).where(hook_code.c.code == _ASKED.c.code).correlate(_ASKED),
    )


def _touches(rule: TouchRule) -> Select[Any]:
    """The shares of others that the member opened in the time in which it counts: those that count most."""
    first = rule is TouchRule.FIRST
    opened = (
        select(share_visit.c.share_id, share_visit.c.last_at, share_visit.c.first_at)
        .where(
            share_visit.c.member_id == _ASKED.c.member_id,
            share_visit.c.last_at > bindparam("since", type_=DateTime(timezone=True)),
        )
        .order_by(share_visit.c.first_at if first else share_visit.c.last_at.desc())
        .limit(literal_column(str(MOST_TOUCHES)))
        .correlate(_ASKED)
        .lateral("opened")
    )
    columns = {
        "share_id": share.c.id,
        "target_kind": share.c.target_kind,
        "touched_at": opened.c.last_at,
        "first_at": opened.c.first_at,
    }
    return (
        _piece("TOUCH", **columns)
        .select_from(_with_guide(opened.join(share, share.c.id == opened.c.share_id)))
        .where(share.c.sharer_member_id != _ASKED.c.member_id)
        .correlate(_ASKED)
    )


def _scan(rule: TouchRule) -> Select[Any]:
    """The code of a guide's or a store's hook that the member scanned: the one that counts most. It is a touch."""
    first = rule is TouchRule.FIRST
    scanned = (
        select(hook_scan.c.last_at, hook_scan.c.first_at, hook.c.store_id, hook.c.guide_id)
        .join(hook, hook.c.id == hook_scan.c.hook_id)
        .where(
            hook_scan.c.member_id == _ASKED.c.member_id,
            hook_scan.c.last_at > bindparam("since", type_=DateTime(timezone=True)),
            or_(hook.c.store_id.is_not(None), hook.c.guide_id.is_not(None)),
        )
        .order_by(hook_scan.c.first_at if first else hook_scan.c.last_at.desc())
        .limit(literal_column("1"))
        .correlate(_ASKED)
        .lateral("scanned")
    )
    columns = {
        "store_id": func.coalesce(scanned.c.store_id, guide.c.store_id),
        "target_kind": literal_column(f"'{TargetKind.STORE.value}'"),
        "touched_at": scanned.c.last_at,
        "first_at": scanned.c.first_at,
    }
    return (
        _piece("TOUCH", **columns)
        .select_from(scanned.outerjoin(guide, guide.c.id == scanned.c.guide_id))
        .correlate(_ASKED)
    )


def _evidence(rule: TouchRule) -> Statement:
    of_binding = {f"binding_{c.name}": c for c in BINDING_COLUMNS}
    pieces = union_all(
        _of_code(),
        _piece("ROOM").where(guide.c.id == _ASKED.c.room_guide_id).correlate(_ASKED),
        _touches(rule),
        _scan(rule),
        _piece("CHANNEL", channel_id=acquisition.c.channel_id, touched_at=acquisition.c.at)
        .select_from(acquisition.outerjoin(guide, false()))
        .where(acquisition.c.member_id == _ASKED.c.member_id)
        .correlate(_ASKED),
        _piece("HOLD", store_id=func.coalesce(guide.c.store_id, binding.c.store_id), **of_binding)
        .select_from(binding.outerjoin(guide, guide.c.id == binding.c.guide_id))
        .where(binding.c.member_id == _ASKED.c.member_id, HELD)
        .correlate(_ASKED),
    ).lateral("evidence")
    return prepared(select(_ASKED.c.n, *pieces.c).select_from(_ASKED.join(pieces, true())))


_EVIDENCE = {rule: _evidence(rule) for rule in TouchRule}


async def evidence_for(
    reading: Reading, asked: Sequence[Claimant], policy: AttributionPolicy, at: datetime
) -> list[Evidence]:
    """All that decides about the attribution of each order, in one statement, whether it is good or not."""
    rows = await reading.rows(
        _EVIDENCE[policy.touch_rule],
        members=[one.member_id for one in asked],
        codes=[one.code for one in asked],
        room_guides=[one.room_guide_id for one in asked],
        since=at - policy.longest,
        at=at,
        forwards_count=policy.forwards_count,
    )
    found = by_key(rows, "n", lambda row: row)
    return [_evidence_of(one, found[n]) if n in found else NO_EVIDENCE for n, one in enumerate(asked, 1)]


def _evidence_of(claimant: Claimant, found: Sequence[Row]) -> Evidence:
    rows = by_key(found, "what", lambda row: row)
    explicit, room, hold, came = (next(iter(rows.get(what, ())), None) for what in ("CODE", "ROOM", "HOLD", "CHANNEL"))
    return Evidence(
        None if explicit is None else _claim(explicit),
        None if room is None else _room(room, claimant),
        tuple(_touch(row) for row in rows.get("TOUCH", ())),
        None if hold is None else hold_of(hold),
        None if came is None else CameBy(came["channel_id"], came["touched_at"]),
    )


def hold_of(row: Row) -> Hold:
    """A binding and the credit of its guide, from a row that ends with the binding's columns."""
    return Hold(binding_of(row[-len(BINDING_COLUMNS) :]), _credit_if(row), row["store_id"])


def _credit(row: Row) -> Credit:
    return Credit(row["guide_id"], row["store_id"], row["guide_member_id"], GuideStatus(row["guide_status"]))


def _credit_if(row: Row) -> Credit | None:
    return None if row["guide_id"] is None else _credit(row)


def _claim(row: Row) -> Claim:
    credit = _credit_if(row)
    store_id = row["store_id"] if credit is None else None
    return Claim(credit, row["share_id"], row["sharer_id"], is_over=bool(row["is_over"]), store_id=store_id)


def _room(row: Row, claimant: Claimant) -> Room:
    return Room(_credit(row), claimant.room_store_id or row["store_id"])


def _touch(row: Row) -> Touch:
    kind = TargetKind(row["target_kind"])
    credit = _credit_if(row)
    store_id = row["store_id"] if credit is None else None
    return Touch(row["share_id"], kind, credit, row["touched_at"], row["first_at"], store_id)
