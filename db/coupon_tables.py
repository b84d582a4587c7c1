"""Coupons: tables of templates, of coupons in members' hands, and of codes.

How many are taken is counted on the template, under its row lock and a CHECK; how many a member has is the number of
each coupon, unique for template and member, and checked against the limit: neither is counted before it is written.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from db.metadata import UUIDS, amount, count, key, metadata, moment, one_of, refers_to, words
from domain.coupon_templates import MOST_PER_PERSON, CouponScope, TakeBy, TemplateState
from domain.coupons import CouponState
from domain.promotions.coupons import CouponKind

coupon_template = Table(
    "coupon_template",
    metadata,
    key(),
    *one_of("state", TemplateState),
    words("name"),
    words("description"),
    *one_of("kind", CouponKind),
    amount("amount_minor"),
    Column("off_bp", Integer(), nullable=False),
    amount("cap_minor"),
    amount("threshold_minor"),
    *one_of("scope", CouponScope),
    Column("scope_ids", UUIDS, nullable=False),
    Column("excluded_ids", UUIDS, nullable=False),
    Column("order_wide", Boolean(), nullable=False),
    Column("take_by", ARRAY(Text()), nullable=False),
    Column("total", Integer()),
    Column("per_person", Integer(), nullable=False),
    moment("starts_at", optional=True),
    moment("ends_at", optional=True),
    Column("after_days", Integer(), nullable=False),
    Column("days", Integer()),
    amount("gift_from_minor"),
    refers_to("campaign", "campaign_id", optional=True, index=True),
    count("taken"),
    Column("version", Integer(), nullable=False, server_default=text("1")),
    moment("created_at"),
    CheckConstraint("taken >= 0 AND taken <= total", name="no_more_are_taken_than_there_are"),
    CheckConstraint(f"per_person BETWEEN 1 AND {MOST_PER_PERSON}", name="per_person_is_within_bounds"),
    CheckConstraint("off_bp BETWEEN 0 AND 9999", name="off_is_a_share"),
    CheckConstraint("least(amount_minor, cap_minor, threshold_minor, gift_from_minor) >= 0", name="amounts_are_sums"),
    CheckConstraint("(days IS NULL) = (ends_at IS NOT NULL)", name="it_is_good_until_an_end"),
    Index(
        "ix_coupon_template_published", "take_by", postgresql_using="gin", postgresql_where=text("state = 'PUBLISHED'")
    ),
)

coupon = Table(
    "coupon",
    metadata,
    key(),
    refers_to("coupon_template", "template_id"),
    refers_to("member", "member_id"),
    Column("seq", Integer(), nullable=False),
    Column("per_person", Integer(), nullable=False),
    *one_of("state", CouponState, default=CouponState.UNUSED),
    *one_of("take_by", TakeBy),
    moment("taken_at"),
    moment("starts_at"),
    moment("ends_at"),
    # Orders are kept after what they take, in one transaction: a reference would ask for them too early.
    Column("order_id", Uuid()),
    moment("used_at", optional=True),
    Column("given_by", Uuid()),
    refers_to("guide", "guide_id", optional=True),
    words("code", optional=True),
    refers_to("member", "revoked_by", optional=True),
    words("revoke_reason", optional=True),
    UniqueConstraint("template_id", "member_id", "seq"),
    CheckConstraint("seq BETWEEN 1 AND per_person", name="nobody_has_more_than_one_may"),
    CheckConstraint("(state IN ('LOCKED', 'USED')) = (order_id IS NOT NULL)", name="an_order_holds_it"),
    CheckConstraint("(state = 'USED') = (used_at IS NOT NULL)", name="used_has_a_time"),
    CheckConstraint("(state = 'REVOKED') = (revoke_reason IS NOT NULL)", name="revoked_has_a_reason"),
    CheckConstraint("starts_at < ends_at", name="it_is_good_for_a_while"),
    Index(None, "member_id", "id"),
    Index(None, "template_id", "state"),
    Index("ix_coupon_ending", "ends_at", postgresql_where=text("state = 'UNUSED'")),
    Index("ix_coupon_given_by", "given_by", postgresql_where=text("given_by IS NOT NULL")),
    Index("ix_coupon_code", "code", "member_id", postgresql_where=text("code IS NOT NULL")),
)

coupon_code = Table(
    "coupon_code",
    metadata,
    Column("code", Text(), primary_key=True),
    refers_to("coupon_template", "template_id", index=True),
    Column("is_shared", Boolean(), nullable=False),
    refers_to("member", "redeemed_by", optional=True),
    moment("redeemed_at", optional=True),
    moment("created_at"),
    CheckConstraint("(redeemed_by IS NULL) = (redeemed_at IS NULL)", name="redeemed_by_somebody"),
    CheckConstraint("NOT is_shared OR redeemed_by IS NULL", name="a_shared_one_is_nobodys"),
)
