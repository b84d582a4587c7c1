"""Service entitlements: what variants bring with them, and what members have of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    Uuid,
    any_,
    bindparam,
    column,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert

from db.connection import Reading, Row, Writing
from db.metadata import UUIDS, given_rows, in_columns, key, metadata, moment, one_of, refers_to
from db.statements import prepared
from db.sublists import Sublist
from domain.entitlements import EntitlementKind, EntitlementTerms, ServiceEntitlement
from domain.pages import Page, PageRequest

entitlement_terms = Table(
    "entitlement_terms",
    metadata,
    refers_to("variant", "variant_id"),
    *one_of("kind", EntitlementKind),
    Column("base_months", Integer(), nullable=False),
    Column("extension_months", Integer(), nullable=False),
    PrimaryKeyConstraint("variant_id", "kind"),
    CheckConstraint("least(base_months, extension_months) >= 0", name="months_are_not_negative"),
)

service_entitlement = Table(
    "service_entitlement",
    metadata,
    key(),
    refers_to("order", "order_id"),
    refers_to("order_line", "line_id"),
    refers_to("member", "member_id"),
    refers_to("variant", "variant_id"),
    *one_of("kind", EntitlementKind),
    Column("units", Integer(), nullable=False),
    moment("starts_at"),
    moment("ends_at"),
    UniqueConstraint("line_id", "kind"),
    CheckConstraint("units >= 0", name="units_are_not_negative"),
    CheckConstraint("ends_at > starts_at", name="ends_after_it_begins"),
    Index(None, "member_id", "id"),
)

_TERMS_OF = prepared(
    select(*entitlement_terms.c).where(entitlement_terms.c.variant_id == any_(bindparam("variants", type_=UUIDS)))
)
_new_terms = insert(entitlement_terms).values({c.name: bindparam(c.name, type_=c.type) for c in entitlement_terms.c})
_SAVE_TERMS = prepared(
    _new_terms.on_conflict_do_update(
        index_elements=["variant_id", "kind"],
        set_={name: _new_terms.excluded[name] for name in ("base_months", "extension_months")},
    )
)
_COLUMNS = tuple(service_entitlement.c)
_ADD = prepared(
    insert(service_entitlement).from_select([c.name for c in _COLUMNS], select(*given_rows("new", list(_COLUMNS)).c))
)
_gone = (
    func.unnest(bindparam("lines", type_=UUIDS), bindparam("units", type_=ARRAY(Integer())))
    .table_valued(column("line_id", Uuid()), column("units", Integer()))
    .render_derived(name="gone")
)
_TAKE_BACK = prepared(
    update(service_entitlement)
    .where(service_entitlement.c.line_id == _gone.c.line_id)
    .values(units=service_entitlement.c.units - _gone.c.units)
)


async def terms_of(reading: Reading, variant_ids: Sequence[UUID]) -> list[EntitlementTerms]:
    """What variants bring with them."""
    rows = await reading.rows(_TERMS_OF, variants=list(variant_ids))
    return [EntitlementTerms(variant_id, EntitlementKind(kind), *months) for variant_id, kind, *months in rows]


async def save_terms(tx: Writing, terms: EntitlementTerms) -> None:
    await tx.execute(
        _SAVE_TERMS,
        variant_id=terms.variant_id,
        kind=terms.kind.value,
        base_months=terms.base_months,
        extension_months=terms.extension_months,
    )


async def add(tx: Writing, given: Sequence[ServiceEntitlement]) -> None:
    rows = [{c.name: getattr(one, c.name) for c in _COLUMNS} | {"kind": one.kind.value} for one in given]
    await tx.execute(_ADD, **in_columns("new", list(_COLUMNS), rows))


async def take_back(tx: Writing, units: Mapping[UUID, int]) -> int:
    """Take entitlements from units of lines that went back; returns how many entitlements that changed."""
    return await tx.execute(_TAKE_BACK, lines=list(units), units=list(units.values()))


def _entitlement(row: Row) -> ServiceEntitlement:
    id_, order_id, line_id, member_id, variant_id, kind, units, starts_at, ends_at = row[:9]
    return ServiceEntitlement(
        id_, order_id, line_id, member_id, variant_id, EntitlementKind(kind), units, starts_at, ends_at
    )


_OF_MEMBERS = Sublist(
    select(*_COLUMNS).where(service_entitlement.c.units > literal_column("0")),
    _entitlement,
    parent=service_entitlement.c.member_id,
    id=service_entitlement.c.id,
    descending=True,
)


async def entitlements_of(
    reading: Reading, member_ids: Sequence[UUID], request: PageRequest
) -> list[Page[ServiceEntitlement]]:
    """What each member is, or was, entitled to, the latest first."""
    return await _OF_MEMBERS.pages(reading, member_ids, request)
