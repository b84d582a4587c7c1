"""The tables of a shop as classes of SQLAlchemy's ORM: what its guide shows, on our tables."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, ForeignKey, LargeBinary, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    type_annotation_map = {  # noqa: RUF012
        datetime: DateTime(timezone=True), int: BigInteger, str: Text, bytes: LargeBinary, dict[str, Any]: JSONB,
    }  # fmt: skip


class Unit(Base):
    __tablename__ = "org_unit"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    path: Mapped[str]


class Guide(Base):
    __tablename__ = "guide"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"))
    store_id: Mapped[UUID]
    status: Mapped[str]


class Duty(Base):
    __tablename__ = "staff_duty"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("org_unit.id"))
    role: Mapped[str]
    until: Mapped[datetime | None]
    unit: Mapped[Unit] = relationship()


class Growth(Base):
    __tablename__ = "member_growth"
    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"), primary_key=True)
    growth: Mapped[int]
    held: Mapped[int]
    held_until: Mapped[datetime | None]


class Level(Base):
    __tablename__ = "member_level"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    growth_threshold: Mapped[int]
    discount_bp: Mapped[int]
    rights: Mapped[dict[str, Any]]


class Plan(Base):
    __tablename__ = "membership_plan"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    rights: Mapped[dict[str, Any]]


class Period(Base):
    __tablename__ = "membership_period"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"))
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("membership_plan.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    refunded_at: Mapped[datetime | None]
    plan: Mapped[Plan] = relationship()


class Tagging(Base):
    __tablename__ = "member_tag"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"))
    tag_id: Mapped[UUID]
    removed_at: Mapped[datetime | None]


class Binding(Base):
    __tablename__ = "binding"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"))
    guide_id: Mapped[UUID] = mapped_column(ForeignKey("guide.id"))
    expires_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    guide: Mapped[Guide] = relationship()


class Member(Base):
    __tablename__ = "member"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    status: Mapped[str]
    guide: Mapped[Guide | None] = relationship(foreign_keys=Guide.member_id)
    growth: Mapped[Growth | None] = relationship()
    duties: Mapped[list[Duty]] = relationship()
    periods: Mapped[list[Period]] = relationship()
    tags: Mapped[list[Tagging]] = relationship()


class Session(Base):
    __tablename__ = "session"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"))
    access_hash: Mapped[bytes]
    access_expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    member: Mapped[Member] = relationship()


class Share(Base):
    __tablename__ = "share"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    sharer_member_id: Mapped[UUID]
    guide_id: Mapped[UUID | None] = mapped_column(ForeignKey("guide.id"))
    target_kind: Mapped[str]
    guide: Mapped[Guide | None] = relationship()


class Visit(Base):
    __tablename__ = "share_visit"
    share_id: Mapped[UUID] = mapped_column(ForeignKey("share.id"), primary_key=True)
    visitor_key: Mapped[str] = mapped_column(primary_key=True)
    member_id: Mapped[UUID | None]
    last_at: Mapped[datetime]
    share: Mapped[Share] = relationship()


class Promotion(Base):
    __tablename__ = "promotion"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    state: Mapped[str]
    terms: Mapped[dict[str, Any]]
    scope: Mapped[dict[str, Any]]
    audience: Mapped[dict[str, Any]]
    slots: Mapped[list[Any]] = mapped_column(JSONB)
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    priority: Mapped[int]
    exclusive: Mapped[bool]
    used_up: Mapped[bool]


class PriceEntry(Base):
    __tablename__ = "price_list_entry"
    price_list_id: Mapped[UUID] = mapped_column(ForeignKey("price_list.id"), primary_key=True)
    variant_id: Mapped[UUID] = mapped_column(primary_key=True)
    price_minor: Mapped[int]


class PriceList(Base):
    __tablename__ = "price_list"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    rest_bp: Mapped[int | None]
    scope: Mapped[dict[str, Any]]
    audience: Mapped[dict[str, Any]]
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    in_force: Mapped[bool]
    entries: Mapped[list[PriceEntry]] = relationship()


class Floor(Base):
    __tablename__ = "price_floor"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    variant_id: Mapped[UUID]
    least: Mapped[int]
    channel: Mapped[str | None]
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]


class Category(Base):
    __tablename__ = "category"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("category.id"))
    parent: Mapped[Category | None] = relationship(remote_side="Category.id")


class Product(Base):
    __tablename__ = "product"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    category_id: Mapped[UUID | None] = mapped_column(ForeignKey("category.id"))
    name: Mapped[str]
    state: Mapped[str]
    visibility: Mapped[str]
    admits: Mapped[list[str]] = mapped_column(ARRAY(Text))
    tax_bp: Mapped[int | None]
    category: Mapped[Category | None] = relationship()


class Variant(Base):
    __tablename__ = "variant"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("product.id"))
    name: Mapped[str]
    sku: Mapped[str]
    picture_url: Mapped[str | None]
    price_minor: Mapped[int]
    removed: Mapped[int]
    product: Mapped[Product] = relationship()


class Location(Base):
    __tablename__ = "stock_location"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    priority: Mapped[int]
    ships: Mapped[bool]
    active: Mapped[bool]


class Stock(Base):
    __tablename__ = "stock_level"
    variant_id: Mapped[UUID] = mapped_column(primary_key=True)
    location_id: Mapped[UUID] = mapped_column(ForeignKey("stock_location.id"), primary_key=True)
    sellable: Mapped[int]
    reserved: Mapped[int]
    location: Mapped[Location] = relationship()


class Movement(Base):
    __tablename__ = "stock_movement"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    variant_id: Mapped[UUID]
    location_id: Mapped[UUID]
    source: Mapped[str]
    target: Mapped[str]
    quantity: Mapped[int]
    cause_id: Mapped[UUID]
    line_id: Mapped[UUID]
    actor_id: Mapped[UUID]
    at: Mapped[datetime]


class OrderRow(Base):
    __tablename__ = "order"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str]
    member_id: Mapped[UUID]
    state: Mapped[str]
    goods_minor: Mapped[int]
    shipping_minor: Mapped[int]
    total_minor: Mapped[int]
    currency: Mapped[str]
    priced: Mapped[dict[str, Any]]
    delivery: Mapped[str]
    note: Mapped[str]
    store_id: Mapped[UUID | None]
    guide_id: Mapped[UUID | None]
    placed_at: Mapped[datetime]
    pay_before: Mapped[datetime]
    unpaid_place: Mapped[int | None]
    lines: Mapped[list[LineRow]] = relationship(back_populates="order")


class LineRow(Base):
    __tablename__ = "order_line"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("order.id"))
    position: Mapped[int]
    variant_id: Mapped[UUID]
    product_id: Mapped[UUID]
    name: Mapped[str]
    variant_name: Mapped[str]
    sku: Mapped[str]
    picture_url: Mapped[str | None]
    list_price_minor: Mapped[int]
    unit_price_minor: Mapped[int]
    quantity: Mapped[int]
    payable_minor: Mapped[int]
    priced: Mapped[dict[str, Any]]
    kind: Mapped[str]
    tax_bp: Mapped[int]
    order: Mapped[OrderRow] = relationship(back_populates="lines")


class Credit(Base):
    __tablename__ = "attribution"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    member_id: Mapped[UUID]
    order_id: Mapped[UUID] = mapped_column(ForeignKey("order.id"))
    share_id: Mapped[UUID | None]
    guide_id: Mapped[UUID | None]
    reason: Mapped[str]
    at: Mapped[datetime]
    order: Mapped[OrderRow] = relationship()


class Told(Base):
    __tablename__ = "outbox"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    aggregate: Mapped[str]
    aggregate_id: Mapped[UUID]
    payload: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class Answer(Base):
    __tablename__ = "idempotency_key"
    owner: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    answer: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
