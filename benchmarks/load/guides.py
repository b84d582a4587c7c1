"""A brand with guides, their customers, what these opened and bought, generated within PostgreSQL and made to grow.

Keys are numbers within UUIDs, in their order as those of version 7 are, so that any row can name any other. Some
members open much and some guides sell much: numbers are drawn with a bend. Triggers do not run meanwhile, so nothing
is held to its references, and indexes are made when a table has grown.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg

import db.stores
from db.connection import Database
from domain.ledger import (
    COMMISSION,
    available_commission,
    commission_debt,
    frozen_commission,
    is_guarded,
    is_recoverable,
    pending_commission,
)
from domain.stores import OrgUnit, UnitKind

GUIDE, STORE, PRODUCT, ORDER, MEMBER = 2, 3, 4, 5, 1
PER_MEMBER, PER_SHARE, PER_ORDER = 10, 50, 40
"""How many touches there are for each of them."""


def key(kind: int, number: int) -> UUID:
    """What `bench_id` says in the database."""
    return UUID(f"{kind:08x}-0000-7000-8000-{number:012x}")


@dataclass(frozen=True)
class Brand:
    """What does not grow. `fresh` orders are placed and paid with each step, for projections to follow."""

    guides: int = 5_000
    stores: int = 500
    regions: int = 20
    products: int = 200
    fresh: int = 3_000


@dataclass(frozen=True)
class Size:
    """How much there is of what grows."""

    touches: int
    members: int
    shares: int
    orders: int

    @classmethod
    def of(cls, brand: Brand, touches: int) -> Size:
        members = brand.guides + max(touches // PER_MEMBER, 10)
        return cls(touches, members, touches // PER_SHARE, touches // PER_ORDER)


_FUNCTIONS = """
CREATE FUNCTION bench_id(kind int, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN (lpad(to_hex(kind), 8, '0') || '-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid;
CREATE FUNCTION bench_draw(many bigint, bend float) RETURNS bigint LANGUAGE sql VOLATILE
  RETURN 1 + floor(many * power(random(), bend))::bigint;
CREATE UNLOGGED TABLE bench_order (n bigint, id uuid, member_id uuid, g bigint, guide_id uuid, store_id uuid,
  at timestamptz, total bigint, stage int);
"""
_BRAND = """
INSERT INTO member (id, nickname, status, created_at)
  SELECT bench_id(1, n), '导购 ' || n, 'ACTIVE', now() - interval '90 days' FROM generate_series(1, {guides}) n;
INSERT INTO guide (id, member_id, store_id, kind, status, display_name, tier_id, share_code, applied_at)
  SELECT bench_id(2, n), bench_id(1, n), bench_id(3, 1 + (n - 1) % {stores}), 'EMPLOYEE', 'ACTIVE', '导购 ' || n,
    (SELECT id FROM guide_tier ORDER BY rank LIMIT 1), 'G' || n, now() - interval '90 days'
  FROM generate_series(1, {guides}) n;
UPDATE guide_tier SET upgrade = '{{"match": "ALL", "window": "MONTH", "conditions": [
  {{"metric": "NET_SALES", "least": 1000000000000}}]}}' WHERE rank = (SELECT max(rank) FROM guide_tier);
INSERT INTO product (id, slug, name, brief, detail_html, visibility, state, price_minimum_minor, price_maximum_minor,
    currency, created_at, updated_at)
  SELECT bench_id(4, n), 'p-' || n, '商品 ' || n, '', '', 'PUBLIC', 'ON_SALE', 9900, 9900, 'CNY', now(), now()
  FROM generate_series(1, {products}) n;
INSERT INTO variant (id, product_id, sku, name, option_values, price_minor, currency, position)
  SELECT bench_id(7, n), bench_id(4, n), 's-' || n, '', ARRAY[]::text[], 9900, 'CNY', 0
  FROM generate_series(1, {products}) n;
INSERT INTO settlement_profile (id, store_id, version, mode, cycle, days, platform_fee_bp, commission_bearer,
    coupon_bearer, cut_off, since)
  SELECT bench_id(15, n), bench_id(3, n), 1, 'HQ_COLLECT', 'MONTHLY', 1, 200, 'STORE', 'HQ', 'EVENT',
    now() - interval '1 year' FROM generate_series(1, {stores}) n;
INSERT INTO guide_task (id, series_id, round, title, description, unit_id, goals, first_starts_at, starts_at, ends_at,
    issue_at, recurrence, state, created_by, created_at)
  SELECT bench_id(16, n), bench_id(16, n), 1, '任务 ' || n, '', bench_id(3, 0), ('[{{"kind": "' || kind
      || '", "target": 100000, "proof": "AUTO"}}]')::jsonb, now() - interval '9 days', now() - interval '9 days',
    now() + interval '9 days', now() - interval '9 days', 'ONCE', 'RUNNING', bench_id(1, 1), now()
  FROM (VALUES (1, 'RECRUIT'), (2, 'CONTENT_PUBLISH'), (3, 'TAGGING')) AS t (n, kind);
INSERT INTO task_assignment (id, task_id, guide_id, store_id, assigned_at, state)
  SELECT bench_id(17, t * {guides} + g), bench_id(16, t), bench_id(2, g), bench_id(3, 1 + (g - 1) % {stores}), now(),
    'DOING' FROM generate_series(1, 3) t, generate_series(1, {guides}) g;
INSERT INTO webhook_endpoint (id, url, types, description, state, secret, created_at)
  VALUES (bench_id(18, 1), 'https://erp.example/', ARRAY['order.placed', 'order.paid'], '', 'ACTIVE', 's', now());
"""
_GROWTH = {
    "member": """
INSERT INTO member (id, nickname, status, created_at)
  SELECT bench_id(1, n), '会员 ' || n, 'ACTIVE', now() - random() * interval '90 days'
  FROM generate_series({members_before} + 1, {members}) n""",
    "share": """
INSERT INTO share (id, code, sharer_member_id, guide_id, store_id, target_kind, target_id, channel, parent_id,
    created_at, depth)
  SELECT bench_id(9, n), 'S' || n, CASE WHEN own THEN bench_id(1, g) ELSE bench_id(1, {guides} + 1 + n % {buyers}) END,
    CASE WHEN own THEN bench_id(2, g) END, CASE WHEN own THEN bench_id(3, 1 + (g - 1) % {stores}) END,
    CASE k % 5 WHEN 4 THEN 'POST' ELSE 'PRODUCT' END, bench_id(4, 1 + k % {products}),
    (ARRAY['CHAT', 'GROUP', 'MOMENTS', 'LINK'])[1 + k / {products} % 4], CASE WHEN NOT own THEN bench_id(9, n - 1) END,
    now() - interval '60 days', CASE WHEN own THEN 1 ELSE 2 END
  FROM (SELECT n, 1 + (n - 1) % {guides} AS g, (n - 1) / {guides} AS k, n % 10 > 0 AS own
    FROM generate_series({shares_before} + 1, {shares}) n) AS s""",
    # Each share is opened by five members on each of ten days, which end up to 50 days ago.
    "share_visit": """
INSERT INTO share_visit (share_id, visitor_key, member_id, day, views, last_at, first_at)
  SELECT bench_id(9, n), 'member:' || replace(bench_id(1, m)::text, '-', ''), bench_id(1, m), at::date, 1, at, at
  FROM (SELECT n, {guides} + 1 + 5 * (bench_draw({buyers} / 5, 1.5) - 1) + r % 5 AS m,
      midnight - days * interval '1 day' + random() * least(now() - midnight + days * interval '1 day',
        interval '1 day') AS at
    FROM date_trunc('day', now()) AS midnight, generate_series({shares_before} + 1, {shares}) n,
      generate_series(0, {per_share} - 1) r, LATERAL (SELECT n % 50 + r / 5) AS d (days)) AS t""",
    "share_day": """
INSERT INTO share_day (share_id, day, sharer_member_id, guide_id, store_id, target_kind, target_id, channel, views,
    unique_visits)
  SELECT s.id, (now() - (n % 50 + d) * interval '1 day')::date, s.sharer_member_id, s.guide_id, s.store_id,
    s.target_kind, s.target_id, s.channel, 5, 5
  FROM generate_series({shares_before} + 1, {shares}) n JOIN share s ON s.id = bench_id(9, n),
    generate_series(0, {per_share} / 5 - 1) d""",
    "binding": """
INSERT INTO binding (id, member_id, guide_id, guide_member_id, mode, bound_at, protected_until, ended_at, end_reason,
    store_id)
  SELECT bench_id(21 + turn, n), bench_id(1, n), bench_id(2, g), bench_id(1, g), 'PERMANENT',
    now() - (80 - 40 * turn) * interval '1 day', now() - (20 * turn) * interval '1 day',
    CASE WHEN turn = 0 THEN now() - interval '41 days' END, CASE WHEN turn = 0 THEN 'TAKEN_OVER' END,
    bench_id(3, 1 + (g - 1) % {stores})
  FROM (SELECT n, turn, bench_draw({guides}, 2) AS g FROM generate_series({members_before} + 1, {members}) n,
    generate_series(0, 1) turn WHERE n > {guides} AND n % 10 < CASE turn WHEN 0 THEN 1 ELSE 6 END) AS b""",
    "order": """
INSERT INTO "order" (id, number, member_id, state, goods_minor, shipping_minor, total_minor, currency, note, store_id,
    guide_id, placed_at, pay_before, paid_at, asked_minor, paid_minor, received_at, completed_at)
  SELECT id, id::text, member_id, CASE stage WHEN -2 THEN 'PLACED' WHEN 2 THEN 'COMPLETED' WHEN 0 THEN 'PAID'
      WHEN -1 THEN 'PAID' ELSE 'RECEIVED' END, total, 0, total, 'CNY', '', store_id, guide_id, at,
    at + interval '1 day', CASE WHEN stage > -2 THEN at END, total, CASE WHEN stage > -2 THEN total ELSE 0 END,
    CASE WHEN stage > 0 THEN at + interval '2 days' END, CASE WHEN stage = 2 THEN at + interval '9 days' END
  FROM bench_order""",
    "order_line": """
INSERT INTO order_line (id, order_id, position, variant_id, product_id, name, variant_name, sku, list_price_minor,
    unit_price_minor, quantity, payable_minor, priced)
  SELECT bench_id(6, n), id, 0, bench_id(7, 1 + n % {products}), bench_id(4, 1 + n % {products}), '商品', '', 's',
    total, total, 1, total, jsonb_build_object('unit_paid', jsonb_build_array(total)) FROM bench_order""",
    "attribution": """
INSERT INTO attribution (id, kind, member_id, order_id, share_id, guide_id, store_id, reason, at)
  SELECT bench_id(10, n), 'ORDER', member_id, id,
    CASE WHEN n % 3 = 0 AND g <= {shares}
      THEN bench_id(9, g + {guides} * (n % ((greatest({shares}, g) - g) / {guides} + 1))) END,
    guide_id, store_id, CASE n % 3 WHEN 0 THEN 'SHARE_TOUCH' ELSE 'BINDING' END, at FROM bench_order
  UNION ALL
  SELECT bench_id(11, n), 'REGISTRATION', b.member_id, NULL, NULL, b.guide_id, NULL, 'EXPLICIT_CODE', b.bound_at
  FROM generate_series({members_before} + 1, {members}) n JOIN binding b ON b.id = bench_id(22, n)""",
    "commission": """
INSERT INTO commission (id, order_id, line_id, guide_id, level, base_minor, rate_bp, rate_source, amount_minor,
    currency, state, created_at, release_at, released_at)
  SELECT bench_id(8, n), id, bench_id(6, n), guide_id, 1, total, 500, 'GUIDE_TIER', total / 20, 'CNY',
    CASE WHEN stage <= 0 THEN 'PENDING' WHEN stage = 2 THEN 'AVAILABLE' ELSE 'FROZEN' END, at,
    CASE WHEN stage > 0 THEN at + interval '9 days' END, CASE WHEN stage = 2 THEN at + interval '9 days' END
  FROM bench_order WHERE stage > -2""",
    "ledger_posting": """
INSERT INTO ledger_posting (business_key, position, source, destination, unit, amount_minor, at)
  SELECT 'bench:' || n || ':' || step, 0, CASE step WHEN 0 THEN '{brand_account}' WHEN 1 THEN who || ':pending'
      ELSE who || ':frozen' END, who || CASE step WHEN 0 THEN ':pending' WHEN 1 THEN ':frozen' ELSE ':available' END,
    'CNY', total / 20, at + step * interval '4 days'
  FROM (SELECT *, 'guide:' || replace(guide_id::text, '-', '') AS who FROM bench_order WHERE stage > -2) AS o,
    generate_series(0, 2) step WHERE step <= CASE WHEN stage <= 0 THEN 0 WHEN stage = 2 THEN 2 ELSE 1 END""",
    "ledger_account": """
UPDATE ledger_account a SET balance_minor = a.balance_minor + o.earned
  FROM (SELECT 'guide:' || replace(guide_id::text, '-', '') || ':available' AS code, sum(total / 20) AS earned
    FROM bench_order WHERE stage = 2 GROUP BY guide_id) AS o WHERE o.code = a.code""",
    "store_flow": """
INSERT INTO store_flow (id, store_id, profile_id, kind, amount_minor, currency, at, final_at, order_id, line_id,
    source, note)
  SELECT bench_id(31 + part, n), store_id, bench_id(15, 1 + (g - 1) % {stores}),
    (ARRAY['ORDER', 'PLATFORM_FEE', 'COMMISSION'])[1 + part],
    CASE part WHEN 0 THEN total WHEN 1 THEN -total / 50 ELSE -total / 20 END, 'CNY', at,
    CASE WHEN stage = 2 THEN at + interval '9 days' END, id, bench_id(6, n), 'sale', ''
  FROM bench_order, generate_series(0, 2) part WHERE stage >= 0""",
    "guide_deed": """
INSERT INTO guide_deed (metric, source_id, guide_id, store_id, at, value)
  SELECT (ARRAY['SALES', 'ORDERS', 'COMMISSION'])[1 + part], id, guide_id, store_id, at,
    CASE part WHEN 0 THEN total WHEN 1 THEN 1 ELSE total / 20 END
  FROM bench_order, generate_series(0, 2) part WHERE stage >= 0""",
    "board_score": """
INSERT INTO board_score (metric, period, starts_on, store_id, guide_id, value, reached_at)
  SELECT metric, period, date_trunc(lower(period), at AT TIME ZONE 'Asia/Shanghai')::date, store_id, guide_id,
    sum(value), max(at)
  FROM guide_deed, unnest(ARRAY['DAY', 'WEEK', 'MONTH', 'QUARTER', 'YEAR']) AS period GROUP BY 1, 2, 3, 4, 5""",
    # Facts of orders that were just placed and paid, of shares that were opened, and of members who came.
    "outbox": """
INSERT INTO outbox (kind, aggregate, aggregate_id, payload, at, relayed_at)
  SELECT CASE stage WHEN -2 THEN 'OrderPlaced' ELSE 'OrderPaid' END, 'order', id, jsonb_build_object(
      'order', replace(id::text, '-', ''), 'number', id::text, 'member', replace(member_id::text, '-', ''),
      'state', CASE stage WHEN -2 THEN 'PLACED' ELSE 'PAID' END, 'total_minor', total, 'currency', 'CNY',
      'guide', replace(guide_id::text, '-', ''), 'store', replace(store_id::text, '-', ''), 'version', 1,
      'live_products', '[]'::jsonb, 'lines', jsonb_build_array(jsonb_build_object(
        'variant', replace(bench_id(7, 1 + n % {products})::text, '-', ''), 'quantity', 1)),
      'commissions', CASE stage WHEN -2 THEN '[]'::jsonb ELSE jsonb_build_array(jsonb_build_object(
        'commission', replace(bench_id(8, n)::text, '-', ''), 'line', replace(bench_id(6, n)::text, '-', ''),
        'guide', replace(guide_id::text, '-', ''), 'level', 1, 'amount_minor', total / 20)) END), at, now()
  FROM bench_order WHERE stage < 0
  UNION ALL SELECT 'ShareVisited', 'share', bench_id(9, s), jsonb_build_object(
      'share', replace(bench_id(9, s)::text, '-', ''), 'member', replace(bench_id(1, n)::text, '-', ''),
      'first', true), now(), now()
  FROM (SELECT n, bench_draw({shares}, 1.5) AS s FROM generate_series({members} - {fresh} / 2, {members}) n) AS v
  UNION ALL SELECT 'MemberRegistered', 'member', bench_id(1, n), '{{}}', now(), now()
  FROM generate_series({members} - {fresh} / 2, {members}) n""",
}
_ORDERS = """
TRUNCATE bench_order;
INSERT INTO bench_order
  SELECT n, bench_id(5, n), bench_id(1, {guides} + bench_draw({buyers}, 1.5)), g, bench_id(2, g),
    bench_id(3, 1 + (g - 1) % {stores}), at, 1000 + (random() * 50000)::bigint, stage
  FROM (SELECT n, n % 4 AS stage, bench_draw({guides}, 2) AS g,
      now() - interval '60 days' * ({orders} - n) / ({orders} - {orders_before}) AS at
    FROM generate_series({orders_before} + 1, {orders}) n
    UNION ALL SELECT {fresh_before} + n, -1 - n % 2, bench_draw({guides}, 2), now() - n * interval '1 ms'
    FROM generate_series(1, {fresh}) n) AS o;
"""
_CLEARED = """
DELETE FROM settlement_bill_change;
UPDATE store_flow SET bill_id = NULL WHERE bill_id IS NOT NULL;
DELETE FROM settlement_bill;
DELETE FROM board_score;
DELETE FROM outbox;
DELETE FROM projection;
"""
FRESH_FROM = 1_000_000_000
"""Numbers of orders that projections have not seen."""

_CONSTRAINTS = """SELECT c.conname AS name, pg_get_constraintdef(c.oid) AS definition FROM pg_constraint c
  WHERE c.conrelid = $1::regclass AND c.contype IN ('p', 'u', 'x')
    AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.conindid = c.conindid)"""
_INDEXES = """SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition FROM pg_index i
  WHERE i.indrelid = $1::regclass AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid)"""


async def found(database: Database, dsn: str, brand: Brand) -> None:
    """Make what does not grow: the organisation, guides, goods, settlement profiles and tasks."""
    began = datetime.now(UTC) - timedelta(days=365)
    blank = OrgUnit(key(STORE, 0), UnitKind.HQ, "总部", None, "hq.", None, None, None, None, None, 1, None)
    async with database.writing() as tx:
        await db.stores.add_unit(tx, blank, began)
        for n in range(brand.regions):
            await db.stores.add_unit(tx, _unit(UnitKind.REGION, 10_000 + n, blank.id, f"hq.r{n}."), began)
        for n in range(1, brand.stores + 1):
            region = n % brand.regions
            unit = _unit(UnitKind.STORE, n, key(STORE, 10_000 + region), f"hq.r{region}.s{n}.")
            await db.stores.add_unit(tx, unit, began)
    async with _filling(dsn) as connection:
        await connection.execute(_FUNCTIONS)
        await connection.execute(_BRAND.format(**vars(brand)))
        await _accounts(connection, brand)


def _unit(kind: UnitKind, number: int, parent_id: UUID, path: str) -> OrgUnit:
    name = f"门店 {number}" if kind is UnitKind.STORE else f"大区 {number}"
    return OrgUnit(key(STORE, number), kind, name, parent_id, path, None, None, None, None, None, 1, None)


async def _accounts(connection: asyncpg.Connection, brand: Brand) -> None:
    forms = (pending_commission, frozen_commission, available_commission, commission_debt)
    codes = [COMMISSION, *(form(key(GUIDE, n)) for n in range(1, brand.guides + 1) for form in forms)]
    await connection.execute(
        "INSERT INTO ledger_account (code, unit, guarded, recoverable)"
        " SELECT code, 'CNY', guarded, recoverable FROM unnest($1::text[], $2::bool[], $3::bool[])"
        " AS a (code, guarded, recoverable)",
        codes,
        [is_guarded(code) for code in codes],
        [is_recoverable(code) for code in codes],
    )


async def grow(dsn: str, brand: Brand, before: Size | None, after: Size, step: int) -> None:
    """Let all that grows grow from one size to another; bills and boards are made anew."""
    was = before or Size(0, brand.guides, 0, 0)
    numbers = {
        **vars(brand),
        **vars(after),
        **{f"{name}_before": value for name, value in vars(was).items()},
        "buyers": after.members - brand.guides,
        "per_share": PER_SHARE,
        "fresh_before": FRESH_FROM + step * brand.fresh,
        "brand_account": COMMISSION,
    }
    async with _filling(dsn) as connection:
        await connection.execute(_CLEARED)
        await connection.execute(_ORDERS.format(**numbers))
        for table, statement in _GROWTH.items():
            await _growing(connection, table, statement.format(**numbers))
        await connection.execute("VACUUM ANALYZE")


async def _growing(connection: asyncpg.Connection, table: str, statement: str) -> None:
    """Fill a table without its indexes, but for those that others refer to, and make them afterwards."""
    constraints: Sequence[asyncpg.Record] = await connection.fetch(_CONSTRAINTS, f'"{table}"')
    indexes: Sequence[asyncpg.Record] = await connection.fetch(_INDEXES, f'"{table}"')
    for one in constraints:
        await connection.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{one["name"]}"')
    for one in indexes:
        await connection.execute(f"DROP INDEX {one['name']}")
    await connection.execute(statement)
    for one in indexes:
        await connection.execute(one["definition"])
    for one in constraints:
        await connection.execute(f'ALTER TABLE "{table}" ADD CONSTRAINT "{one["name"]}" {one["definition"]}')


@asynccontextmanager
async def _filling(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection on which triggers do not run, and that need not be durable."""
    settings = {
        "session_replication_role": "replica",
        "synchronous_commit": "off",
        "maintenance_work_mem": "512MB",
        "work_mem": "128MB",
    }
    connection = await asyncpg.connect(dsn, server_settings=settings)
    try:
        await connection.execute("SELECT setseed(0.42)")
        yield connection
    finally:
        await connection.close()
