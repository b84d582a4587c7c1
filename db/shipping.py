"""Shipping: the tables of templates and of the products that they are for, and their queries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Uuid,
    any_,
    bindparam,
    column,
    delete,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert

from db import places
from db.connection import Reading, Row, Writing
from db.metadata import UUIDS, key, members_of, metadata, one_of, refers_to, words
from db.places import free_place
from db.statements import prepared
from domain.payloads import plain, reader_of
from domain.shipping import MOST_TEMPLATES, Charging, ShippingTerms, Template, Zone

shipping_template = Table(
    "shipping_template",
    metadata,
    key(),
    words("name"),
    *one_of("charging", Charging),
    Column("zones", JSONB(), nullable=False),
    Column("is_default", Boolean(), nullable=False),
    Column("version", Integer(), nullable=False, server_default=text("1")),
    Column("place", Integer(), nullable=False, unique=True),
    CheckConstraint(f"place BETWEEN 0 AND {MOST_TEMPLATES - 1}", name="place_is_one_of_all"),
    CheckConstraint("jsonb_typeof(zones) = 'array'", name="zones_are_a_list"),
    Index("uq_shipping_template_one_default", "is_default", unique=True, postgresql_where=text("is_default")),
)

product_shipping = Table(
    "product_shipping",
    metadata,
    Column("product_id", Uuid(), ForeignKey("product.id"), primary_key=True),
    refers_to("shipping_template", "template_id", index=True),
)

_CHARGINGS = members_of(Charging)
_read_zones = reader_of(tuple[Zone, ...])
_COLUMNS = (
    shipping_template.c.id,
    shipping_template.c.name,
    shipping_template.c.charging,
    shipping_template.c.zones,
    shipping_template.c.is_default,
    shipping_template.c.version,
)
_ALL = prepared(select(*_COLUMNS).order_by(shipping_template.c.id))
_LOCK = prepared(
    select(*_COLUMNS).where(shipping_template.c.id == bindparam("id", type_=Uuid())).with_for_update(key_share=True)
)
_of_products = (
    select(product_shipping.c.template_id, func.array_agg(product_shipping.c.product_id).label("product_ids"))
    .where(product_shipping.c.product_id == any_(bindparam("product_ids", type_=UUIDS)))
    .group_by(product_shipping.c.template_id)
    .subquery("given")
)
_FOR_PRODUCTS = prepared(
    select(*_COLUMNS, _of_products.c.product_ids)
    .outerjoin(_of_products, _of_products.c.template_id == shipping_template.c.id)
    .where(or_(shipping_template.c.is_default, _of_products.c.product_ids.is_not(None)))
)


def _template(row: Row) -> Template:
    id_, name, charging, zones, is_default, version = row[:6]
    return Template(id_, name, _CHARGINGS[charging], _read_zones(zones), is_default, version)


async def templates(reading: Reading) -> list[Template]:
    """All of them, at most 200, first made first."""
    return [_template(row) for row in await reading.rows(_ALL)]


async def lock(tx: Writing, template_id: UUID) -> Template | None:
    row = await tx.row(_LOCK, id=template_id)
    return None if row is None else _template(row)


async def terms_for(reading: Reading, product_ids: Sequence[UUID]) -> ShippingTerms:
    """What the products go by, for no place yet."""
    rows = await reading.rows(_FOR_PRODUCTS, product_ids=list(product_ids))
    found = [(_template(row), row["product_ids"] or ()) for row in rows]
    default = next((template for template, _ in found if template.is_default), None)
    return ShippingTerms({key: template for template, keys in found for key in keys}, default)


_NO_DEFAULT = prepared(
    update(shipping_template)
    .where(shipping_template.c.is_default, shipping_template.c.id != bindparam("but_for", type_=Uuid()))
    .values(is_default=False, version=shipping_template.c.version + 1)
)
_free = free_place(shipping_template.c.place, MOST_TEMPLATES)
_ADD = prepared(
    insert(shipping_template).from_select(
        [*(one.name for one in _COLUMNS), "place"],
        select(*(bindparam(one.name, type_=one.type) for one in _COLUMNS), _free.c.place),
    )
)
_SAVE = prepared(
    update(shipping_template)
    .where(shipping_template.c.id == bindparam("of_template", type_=Uuid()))
    .values({one.name: bindparam(one.name, type_=one.type) for one in _COLUMNS if one.name != "id"})
)


async def take_turn(tx: Writing) -> None:
    """Keep others from changing templates until the transaction ends: which one is the default is decided by one."""
    await places.take_turn(tx, "shipping_template")


async def save(tx: Writing, template: Template, *, is_new: bool) -> bool:
    """Keep a template; when it is the default one, no other is. False when a new one finds that there are 200."""
    if template.is_default:
        await tx.execute(_NO_DEFAULT, but_for=template.id)
    values = {one.name: getattr(template, one.name) for one in _COLUMNS}
    values |= {"charging": template.charging.value, "zones": plain(template.zones)}
    if is_new:
        return await tx.execute(_ADD, **values) > 0
    return await tx.execute(_SAVE, of_template=template.id, **values) > 0


_given = func.unnest(bindparam("product_ids", type_=UUIDS)).table_valued(column("product_id", Uuid())).render_derived()
_assigned: Any = insert(product_shipping).from_select(
    ["product_id", "template_id"], select(_given.c.product_id, bindparam("template_id", type_=Uuid()))
)
_ASSIGN = prepared(
    _assigned.on_conflict_do_update(index_elements=["product_id"], set_={"template_id": _assigned.excluded.template_id})
)
_UNASSIGN = prepared(
    delete(product_shipping).where(product_shipping.c.product_id == any_(bindparam("product_ids", type_=UUIDS)))
)


async def assign(tx: Writing, product_ids: Sequence[UUID], template_id: UUID | None) -> None:
    """Have products charged for by a template, or by the default one."""
    ids = sorted(product_ids)
    if template_id is None:
        await tx.execute(_UNASSIGN, product_ids=ids)
    else:
        await tx.execute(_ASSIGN, product_ids=ids, template_id=template_id)
