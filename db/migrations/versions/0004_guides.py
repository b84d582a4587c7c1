"""Guides

Revision: 0004
After: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


BEFORE_UPGRADE: list[str] = []
AFTER_UPGRADE: list[str] = [
    # Whatever there may be only so many of has a place: what is there already gets the first ones.
    "UPDATE price_floor SET place = given.place FROM (SELECT id, row_number() OVER (PARTITION BY variant_id ORDER BY id)"
    " - 1 AS place FROM price_floor) AS given WHERE given.id = price_floor.id",
    "UPDATE stock_location SET place = given.place FROM (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place"
    " FROM stock_location) AS given WHERE given.id = stock_location.id",
    "UPDATE shipping_template SET place = given.place FROM (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place"
    " FROM shipping_template) AS given WHERE given.id = shipping_template.id",
    "ALTER TABLE price_floor ALTER place SET NOT NULL,"
    " ADD CONSTRAINT ck_price_floor_place_is_one_of_the_variant CHECK (place BETWEEN 0 AND 19)",
    "ALTER TABLE stock_location ALTER place SET NOT NULL,"
    " ADD CONSTRAINT ck_stock_location_place_is_one_of_all CHECK (place BETWEEN 0 AND 999)",
    "ALTER TABLE shipping_template ALTER place SET NOT NULL,"
    " ADD CONSTRAINT ck_shipping_template_place_is_one_of_all CHECK (place BETWEEN 0 AND 199)",
    # What an activity's price goes with.
    "ALTER TABLE seckill ADD CONSTRAINT ck_seckill_it_goes_with_plays"
    " CHECK (goes_with <@ ARRAY['UNIT', 'ITEM_SET', 'SUBTOTAL'])",
    "ALTER TABLE group_buy ADD CONSTRAINT ck_group_buy_it_goes_with_plays"
    " CHECK (goes_with <@ ARRAY['UNIT', 'ITEM_SET', 'SUBTOTAL'])",
    "ALTER TABLE bargain_offer ADD CONSTRAINT ck_bargain_offer_it_goes_with_plays"
    " CHECK (goes_with <@ ARRAY['UNIT', 'ITEM_SET', 'SUBTOTAL'])",
    "ALTER TABLE points_offer ADD CONSTRAINT ck_points_offer_it_goes_with_plays"
    " CHECK (goes_with <@ ARRAY['UNIT', 'ITEM_SET', 'SUBTOTAL'])",
    "ALTER TABLE live_product ADD CONSTRAINT ck_live_product_it_goes_with_plays"
    " CHECK (goes_with <@ ARRAY['UNIT', 'ITEM_SET', 'SUBTOTAL'])",
    "ALTER TABLE live_purchase DROP CONSTRAINT ck_live_purchase_quantity_is_not_negative,"
    " ADD CONSTRAINT ck_live_purchase_quantity_is_within_the_limit CHECK (quantity >= 0 AND quantity <= most)",
]
BEFORE_DOWNGRADE: list[str] = [
    "ALTER TABLE live_purchase DROP CONSTRAINT ck_live_purchase_quantity_is_within_the_limit,"
    " ADD CONSTRAINT ck_live_purchase_quantity_is_not_negative CHECK (quantity >= 0)",
]
AFTER_DOWNGRADE: list[str] = []

# Where units stand has been kept since there are places; those that were there before have stood there since they were
# made, which their ids say.
AFTER_UPGRADE += [
    """
    WITH RECURSIVE tree (id, path, units) AS (
        SELECT id, path, ARRAY[id] FROM org_unit WHERE parent_id IS NULL
        UNION ALL
        SELECT u.id, u.path, t.units || u.id FROM org_unit u JOIN tree t ON u.parent_id = t.id
    )
    INSERT INTO org_unit_place (unit_id, path, units, since)
    SELECT id, path, units, to_timestamp(('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint / 1000.0)
    FROM tree ORDER BY path
    """,
]

# A flow is never changed, but that it enters its bill, once, and becomes final, once.
AFTER_UPGRADE += [
    """
    CREATE FUNCTION store_flow_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'flows of stores are only ever added' USING ERRCODE = 'restrict_violation';
    END $$
    """,
    """
    CREATE TRIGGER store_flow_is_kept BEFORE DELETE ON store_flow
    FOR EACH ROW EXECUTE FUNCTION store_flow_is_append_only()
    """,
    """
    CREATE TRIGGER store_flow_is_immutable BEFORE UPDATE ON store_flow FOR EACH ROW
    WHEN (
        (OLD.bill_id IS NOT NULL AND NEW.bill_id IS DISTINCT FROM OLD.bill_id)
        OR (OLD.final_at IS NOT NULL AND NEW.final_at IS DISTINCT FROM OLD.final_at)
        OR (NEW.id, NEW.store_id, NEW.profile_id, NEW.kind, NEW.amount_minor, NEW.currency, NEW.at, NEW.order_id,
            NEW.line_id, NEW.source, NEW.note)
        IS DISTINCT FROM (OLD.id, OLD.store_id, OLD.profile_id, OLD.kind, OLD.amount_minor, OLD.currency, OLD.at,
            OLD.order_id, OLD.line_id, OLD.source, OLD.note)
    )
    EXECUTE FUNCTION store_flow_is_append_only()
    """,
]
AFTER_DOWNGRADE += ["DROP FUNCTION store_flow_is_append_only()"]

# Commissions were of orders, and are of lines; what was received before waits for its release.
AFTER_UPGRADE += [
    "ALTER TABLE commission DROP CONSTRAINT ck_commission_rate_source_is_known,"
    " DROP CONSTRAINT ck_commission_state_is_known,"
    " ADD CONSTRAINT ck_commission_rate_source_is_known CHECK (rate_source IN ('CONTRACT', 'CAMPAIGN', 'SKU_FIXED',"
    " 'SKU', 'PRODUCT', 'CATEGORY', 'GUIDE_TIER', 'BRAND', 'MEMBERSHIP')),"
    " ADD CONSTRAINT ck_commission_state_is_known CHECK (state IN ('ESTIMATED', 'PENDING', 'FROZEN', 'AVAILABLE',"
    " 'WITHDRAWN', 'HELD', 'CANCELLED', 'CLAWED_BACK')),"
    " ADD CONSTRAINT ck_commission_what_is_released_has_a_time"
    " CHECK ((released_at IS NULL) = (state NOT IN ('AVAILABLE', 'WITHDRAWN', 'CLAWED_BACK')))",
    "UPDATE commission SET state = 'CANCELLED' WHERE refunded_minor = base_minor",
    "UPDATE commission SET state = CASE commission.state WHEN 'PENDING' THEN 'FROZEN' ELSE commission.state END,"
    " release_at = o.received_at + interval '7 days' FROM \"order\" o"
    " WHERE o.id = commission.order_id AND o.received_at IS NOT NULL AND commission.state IN ('PENDING', 'HELD')",
    "INSERT INTO ledger_account (code, unit, guarded) SELECT DISTINCT 'guide:' || replace(guide_id::text, '-', '')"
    " || ':' || 'frozen', currency, false FROM commission WHERE release_at IS NOT NULL ON CONFLICT DO NOTHING",
    "INSERT INTO ledger_posting (business_key, position, source, destination, unit, amount_minor, at)"
    " SELECT 'commission:' || replace(order_id::text, '-', '') || chr(58) || 'received',"
    " row_number() OVER (PARTITION BY order_id ORDER BY id) - 1,"
    " 'guide:' || replace(guide_id::text, '-', '') || chr(58) || 'pending',"
    " 'guide:' || replace(guide_id::text, '-', '') || ':' || 'frozen', currency, amount_minor - clawed_back_minor, now()"
    " FROM commission WHERE release_at IS NOT NULL AND amount_minor > clawed_back_minor ON CONFLICT DO NOTHING",
    "ALTER TABLE ledger_account DROP CONSTRAINT ck_ledger_account_balance_is_not_negative,"
    " ADD CONSTRAINT ck_ledger_account_balance_is_not_negative CHECK (balance_minor >= 0 OR recoverable),"
    " ADD CONSTRAINT ck_ledger_account_a_debt_is_not_overpaid CHECK (balance_minor <= 0 OR NOT recoverable)",
    # What was taken back is only ever added to.
    """CREATE FUNCTION claw_backs_are_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'claw-backs are only ever added' USING ERRCODE = 'restrict_violation';
    END $$""",
    """CREATE TRIGGER commission_claw_back_is_kept BEFORE UPDATE OR DELETE ON commission_claw_back
    FOR EACH ROW EXECUTE FUNCTION claw_backs_are_append_only()""",
    """CREATE TRIGGER commission_claw_back_is_not_emptied BEFORE TRUNCATE ON commission_claw_back
    FOR EACH STATEMENT EXECUTE FUNCTION claw_backs_are_append_only()""",
]
BEFORE_DOWNGRADE += [
    "DROP TRIGGER commission_claw_back_is_not_emptied ON commission_claw_back",
    "TRUNCATE commission_claw_back",
    "ALTER TABLE commission DROP CONSTRAINT ck_commission_rate_source_is_known,"
    " DROP CONSTRAINT ck_commission_state_is_known, DROP CONSTRAINT ck_commission_what_is_released_has_a_time",
    "DELETE FROM commission WHERE state IN ('ESTIMATED', 'CANCELLED') OR rate_bp IS NULL",
    "UPDATE commission SET state = 'PENDING' WHERE state <> 'HELD'",
    "UPDATE commission SET rate_source = 'GUIDE_TIER'",
    "ALTER TABLE commission ADD CONSTRAINT ck_commission_rate_source_is_known CHECK (rate_source IN ('GUIDE_TIER')),"
    " ADD CONSTRAINT ck_commission_state_is_known CHECK (state IN ('PENDING', 'HELD'))",
    "DELETE FROM commission AS double USING commission AS kept WHERE double.order_id = kept.order_id"
    " AND double.guide_id = kept.guide_id AND double.level = kept.level AND double.id > kept.id",
    "ALTER TABLE ledger_account DROP CONSTRAINT ck_ledger_account_balance_is_not_negative,"
    " DROP CONSTRAINT ck_ledger_account_a_debt_is_not_overpaid",
]
AFTER_DOWNGRADE += [
    "UPDATE ledger_account SET guarded = false, balance_minor = 0 WHERE balance_minor < 0",
    "ALTER TABLE ledger_account ADD CONSTRAINT ck_ledger_account_balance_is_not_negative CHECK (balance_minor >= 0)",
    "DROP FUNCTION claw_backs_are_append_only()",
]

# Bindings: whose customer a member is, one guide's at a time, also in what is planned.
AFTER_UPGRADE += [
    "UPDATE binding SET store_id = guide.store_id FROM guide WHERE guide.id = binding.guide_id",
    "ALTER TABLE binding ALTER store_id SET NOT NULL,"
    " DROP CONSTRAINT ck_binding_mode_is_known, DROP CONSTRAINT ck_binding_end_reason_is_known,"
    " ADD CONSTRAINT ck_binding_mode_is_known CHECK (mode IN ('PERMANENT', 'REGISTER_ONLY', 'TIMED', 'OVERRIDE')),"
    " ADD CONSTRAINT ck_binding_end_reason_is_known CHECK (end_reason IN ('EXPIRED', 'TAKEN_OVER', 'TRANSFERRED',"
    " 'HANDED_OVER', 'REFUSED', 'CALLED_OFF')),"
    " ADD CONSTRAINT ck_binding_cause_is_known CHECK (cause IN ('REGISTRATION', 'SHARE', 'CONTACT', 'TRANSFER',"
    " 'HANDOVER', 'REFUSAL')),"
    " ADD CONSTRAINT ck_binding_it_ends_after_it_began CHECK (ended_at >= bound_at),"
    " ADD CONSTRAINT ck_binding_a_guide_is_a_member CHECK ((guide_id IS NULL) = (guide_member_id IS NULL))",
    # GiST knows ranges by itself and single values only with an extension: one member is a range of one.
    "CREATE TYPE uuidrange AS RANGE (SUBTYPE = uuid)",
    "ALTER TABLE binding ADD CONSTRAINT ex_binding_one_at_a_time EXCLUDE USING gist"
    " (uuidrange(member_id, member_id, '[]') WITH &&, tstzrange(bound_at, ended_at) WITH &&)",
    # A loop can only close at a member who is a guide; such bindings take turns until they are committed.
    """CREATE OR REPLACE FUNCTION binding_refuses_loops() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.guide_id IS NULL
            OR NOT EXISTS (SELECT FROM guide WHERE member_id = NEW.member_id AND status <> 'LEFT')
        THEN
            RETURN NEW;
        END IF;
        PERFORM pg_advisory_xact_lock(1651073648);
        IF EXISTS (
            SELECT FROM binding AS one
            LEFT JOIN binding AS two ON two.member_id = one.guide_member_id
                AND (two.ended_at IS NULL OR two.ended_at > NEW.bound_at)
            WHERE one.member_id = NEW.guide_member_id AND (one.ended_at IS NULL OR one.ended_at > NEW.bound_at)
                AND NEW.member_id IN (one.guide_member_id, two.guide_member_id)
        ) THEN
            RAISE EXCEPTION 'a loop of bindings'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_binding_no_loops';
        END IF;
        RETURN NEW;
    END $$""",
    """CREATE OR REPLACE FUNCTION member_passes(of_member uuid, at timestamptz) RETURNS text[] LANGUAGE sql STABLE AS $$
        SELECT array_agg(kind || pass) FROM (
            SELECT 'LEVEL' AS kind, level.id FROM (
                SELECT id FROM member_level
                WHERE growth_threshold <= GREATEST(
                    COALESCE((SELECT growth FROM member_growth WHERE member_id = of_member), 0),
                    (SELECT held FROM member_growth WHERE member_id = of_member AND held_until > at)
                )
                ORDER BY growth_threshold DESC LIMIT 1
            ) AS level
            UNION ALL SELECT 'PAID_CARD', period.plan_id FROM (
                SELECT plan_id FROM membership_period
                WHERE member_id = of_member AND refunded_at IS NULL
                    AND starts_at <= at AND (ends_at IS NULL OR ends_at > at)
                ORDER BY starts_at DESC LIMIT 1
            ) AS period
            UNION ALL SELECT 'TAG', tag_id FROM member_tag WHERE member_id = of_member AND removed_at IS NULL
            UNION ALL SELECT 'STORE', store_id FROM binding
                WHERE member_id = of_member AND bound_at <= at AND (ended_at IS NULL OR ended_at > at)
                    AND (expires_at IS NULL OR expires_at > at)
        ) AS own
        CROSS JOIN LATERAL (VALUES (''), (':' || replace(own.id::text, '-', ''))) AS told(pass)
        WHERE of_member IS NOT NULL
    $$""",
    # Whoever is invited by a guide was not, by any number of steps, the one who brought that guide.
    """CREATE FUNCTION guide_has_one_inviter() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' AND OLD.inviter_id IS NOT NULL AND NEW.inviter_id IS DISTINCT FROM OLD.inviter_id THEN
            RAISE EXCEPTION 'an inviter is for good'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_guide_inviter_is_for_good';
        END IF;
        IF NEW.inviter_id IS NULL THEN
            RETURN NEW;
        END IF;
        PERFORM pg_advisory_xact_lock(1735747433);
        IF EXISTS (
            WITH RECURSIVE above (id, member_id, inviter_id) AS (
                SELECT id, member_id, inviter_id FROM guide WHERE id = NEW.inviter_id
                UNION SELECT guide.id, guide.member_id, guide.inviter_id FROM guide JOIN above ON above.inviter_id = guide.id
            )
            SELECT FROM above WHERE id = NEW.id OR member_id = NEW.member_id
        ) THEN
            RAISE EXCEPTION 'a circle of inviters'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_guide_no_circle_of_inviters';
        END IF;
        RETURN NEW;
    END $$""",
    """CREATE TRIGGER guide_inviters_have_no_circle BEFORE INSERT OR UPDATE OF inviter_id ON guide
    FOR EACH ROW EXECUTE FUNCTION guide_has_one_inviter()""",
]
BEFORE_DOWNGRADE += [
    "DROP TRIGGER guide_inviters_have_no_circle ON guide",
    "DROP FUNCTION guide_has_one_inviter()",
    """CREATE OR REPLACE FUNCTION binding_refuses_loops() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE above uuid := NEW.guide_member_id;
    BEGIN
        IF NOT EXISTS (SELECT FROM guide WHERE member_id = NEW.member_id AND status <> 'LEFT') THEN
            RETURN NEW;
        END IF;
        PERFORM pg_advisory_xact_lock(1651073648);
        FOR step IN 1..2 LOOP
            SELECT guide_member_id INTO above FROM binding WHERE member_id = above AND ended_at IS NULL;
            IF above = NEW.member_id THEN
                RAISE EXCEPTION 'a loop of bindings'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_binding_no_loops';
            END IF;
        END LOOP;
        RETURN NEW;
    END $$""",
    """CREATE OR REPLACE FUNCTION member_passes(of_member uuid, at timestamptz) RETURNS text[] LANGUAGE sql STABLE AS $$
        SELECT array_agg(kind || pass) FROM (
            SELECT 'LEVEL' AS kind, level.id FROM (
                SELECT id FROM member_level
                WHERE growth_threshold <= GREATEST(
                    COALESCE((SELECT growth FROM member_growth WHERE member_id = of_member), 0),
                    (SELECT held FROM member_growth WHERE member_id = of_member AND held_until > at)
                )
                ORDER BY growth_threshold DESC LIMIT 1
            ) AS level
            UNION ALL SELECT 'PAID_CARD', period.plan_id FROM (
                SELECT plan_id FROM membership_period
                WHERE member_id = of_member AND refunded_at IS NULL
                    AND starts_at <= at AND (ends_at IS NULL OR ends_at > at)
                ORDER BY starts_at DESC LIMIT 1
            ) AS period
            UNION ALL SELECT 'TAG', tag_id FROM member_tag WHERE member_id = of_member AND removed_at IS NULL
            UNION ALL SELECT 'STORE', guide.store_id FROM binding JOIN guide ON guide.id = binding.guide_id
                WHERE binding.member_id = of_member AND binding.ended_at IS NULL
                    AND (binding.expires_at IS NULL OR binding.expires_at > at)
        ) AS own
        CROSS JOIN LATERAL (VALUES (''), (':' || replace(own.id::text, '-', ''))) AS told(pass)
        WHERE of_member IS NOT NULL
    $$""",
    "ALTER TABLE binding DROP CONSTRAINT ex_binding_one_at_a_time",
    "DROP TYPE uuidrange",
    # What the older shape has no words for: the stores' own, and what is planned, are not there any more.
    "DELETE FROM handover_member",
    "UPDATE binding SET previous_id = NULL",
    "DELETE FROM binding WHERE guide_id IS NULL OR bound_at > now()",
    "UPDATE binding SET ended_at = NULL, end_reason = NULL WHERE ended_at > now()",
    "UPDATE binding SET mode = 'PERMANENT' WHERE mode IN ('REGISTER_ONLY', 'OVERRIDE')",
    "UPDATE binding SET end_reason = 'TRANSFERRED' WHERE end_reason NOT IN ('EXPIRED', 'TRANSFERRED')",
    "ALTER TABLE binding DROP CONSTRAINT ck_binding_cause_is_known, DROP CONSTRAINT ck_binding_it_ends_after_it_began,"
    " DROP CONSTRAINT ck_binding_a_guide_is_a_member, DROP CONSTRAINT ck_binding_mode_is_known,"
    " DROP CONSTRAINT ck_binding_end_reason_is_known,"
    " ADD CONSTRAINT ck_binding_mode_is_known CHECK (mode IN ('PERMANENT', 'TIMED')),"
    " ADD CONSTRAINT ck_binding_end_reason_is_known CHECK (end_reason IN ('EXPIRED', 'TRANSFERRED'))",
]

# What was shared, opened and bought before: generations, first openings, stores, and the days of shares. Facts that the
# outbox still has are projected anew, so what they tell is left to them.
AFTER_UPGRADE += [
    """
    WITH RECURSIVE tree (id, depth) AS (
        SELECT id, 1 FROM share WHERE parent_id IS NULL
        UNION ALL
        SELECT s.id, t.depth + 1 FROM share s JOIN tree t ON s.parent_id = t.id
    )
    UPDATE share SET depth = tree.depth FROM tree WHERE tree.id = share.id AND tree.depth > 1
    """,
    "ALTER TABLE share ADD CONSTRAINT ck_share_a_forward_is_deeper CHECK ((parent_id IS NULL) = (depth = 1))",
    "UPDATE share_visit SET first_at = last_at",
    'UPDATE attribution SET store_id = o.store_id FROM "order" o WHERE o.id = attribution.order_id',
    """
    WITH told AS (SELECT coalesce(min(at), 'infinity'::timestamptz) AS since FROM outbox), happened AS (
        SELECT share_id, day, sum(views) AS views, count(member_id) AS unique_visits, 0 AS registrations, 0 AS orders,
            0 AS paid_orders, 0 AS revenue_minor FROM share_visit GROUP BY share_id, day
        UNION ALL
        SELECT share_id, (at AT TIME ZONE 'Asia/Shanghai')::date, 0, 0, 1, 0, 0, 0 FROM attribution, told
        WHERE kind = 'REGISTRATION' AND share_id IS NOT NULL AND at < told.since
        UNION ALL
        SELECT share_id, (at AT TIME ZONE 'Asia/Shanghai')::date, 0, 0, 0, 1, 0, 0 FROM attribution, told
        WHERE kind = 'ORDER' AND share_id IS NOT NULL AND at < told.since
        UNION ALL
        SELECT a.share_id, (o.paid_at AT TIME ZONE 'Asia/Shanghai')::date, 0, 0, 0, 0, 1, o.total_minor
        FROM told, attribution a JOIN "order" o ON o.id = a.order_id
        WHERE a.share_id IS NOT NULL AND o.paid_at < told.since
    )
    INSERT INTO share_day (share_id, day, sharer_member_id, guide_id, store_id, target_kind, target_id, channel, views,
        unique_visits, registrations, orders, paid_orders, revenue_minor)
    SELECT s.id, h.day, s.sharer_member_id, s.guide_id, s.store_id, s.target_kind, s.target_id, s.channel, sum(h.views),
        sum(h.unique_visits), sum(h.registrations), sum(h.orders), sum(h.paid_orders), sum(h.revenue_minor)
    FROM happened h JOIN share s ON s.id = h.share_id GROUP BY s.id, h.day
    """,
    """
    INSERT INTO share_day (share_id, day, sharer_member_id, guide_id, store_id, target_kind, target_id, channel, refunds,
        refunded_minor)
    SELECT s.id, (r.created_at AT TIME ZONE 'Asia/Shanghai')::date, s.sharer_member_id, s.guide_id, s.store_id, s.target_kind,
        s.target_id, s.channel, count(*), sum(r.amount_minor)
    FROM (SELECT coalesce(min(at), 'infinity'::timestamptz) AS since FROM outbox) told, order_refund r
    JOIN attribution a ON a.order_id = r.order_id JOIN share s ON s.id = a.share_id WHERE r.created_at < told.since
    GROUP BY s.id, 2
    ON CONFLICT (share_id, day) DO UPDATE SET refunds = excluded.refunds, refunded_minor = excluded.refunded_minor
    """,
]

# From the payment on nothing changes whose an order is, whoever tries.
AFTER_UPGRADE += [
    """
    CREATE FUNCTION attribution_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'whose a paid order is does not change any more' USING ERRCODE = 'restrict_violation';
    END $$
    """,
    """
    CREATE TRIGGER order_attribution_is_frozen BEFORE UPDATE OF guide_id, store_id ON "order" FOR EACH ROW
    WHEN (OLD.paid_at IS NOT NULL AND (NEW.guide_id, NEW.store_id) IS DISTINCT FROM (OLD.guide_id, OLD.store_id))
    EXECUTE FUNCTION attribution_is_frozen()
    """,
    """
    CREATE FUNCTION attribution_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.order_id IS NULL OR EXISTS (SELECT FROM "order" WHERE id = OLD.order_id AND paid_at IS NOT NULL) THEN
            RAISE EXCEPTION 'a decision about a paid order is kept' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER attribution_is_kept BEFORE UPDATE ON attribution FOR EACH ROW EXECUTE FUNCTION attribution_is_kept()",
]
BEFORE_DOWNGRADE += [
    "DROP TRIGGER attribution_is_kept ON attribution",
    "DROP FUNCTION attribution_is_kept()",
    'DROP TRIGGER order_attribution_is_frozen ON "order"',
    "DROP FUNCTION attribution_is_frozen()",
]

# Nobody takes money out while they owe some: the wallet is locked, and this is the second lock on the same door.
AFTER_UPGRADE += [
    """CREATE FUNCTION withdrawal_refuses_debtors() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (
            SELECT FROM ledger_account
            WHERE code = concat_ws(chr(58), 'guide', replace(NEW.guide_id::text, '-', ''), 'debt') AND balance_minor < 0
            FOR NO KEY UPDATE
        ) THEN
            RAISE EXCEPTION 'a guide who owes money takes none out'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_withdrawal_nothing_is_owed';
        END IF;
        RETURN NEW;
    END $$""",
    """CREATE TRIGGER withdrawal_refuses_debtors BEFORE INSERT ON withdrawal
    FOR EACH ROW EXECUTE FUNCTION withdrawal_refuses_debtors()""",
]
AFTER_DOWNGRADE += ["DROP FUNCTION withdrawal_refuses_debtors()"]

# By which hook a member came is known for good. How departments share is only ever added to, and is always a whole.
AFTER_UPGRADE += [
    "ALTER TABLE coupon DROP CONSTRAINT ck_coupon_take_by_is_known, ADD CONSTRAINT ck_coupon_take_by_is_known CHECK"
    " (take_by IN ('USER', 'GIFT_BY_GUIDE', 'REGISTER', 'ORDER_GIFT', 'CODE', 'LIVE', 'PRIZE', 'SCAN'))",
    """CREATE FUNCTION channel_books_are_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% is only ever added to', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END $$""",
    """CREATE TRIGGER acquisition_is_kept BEFORE UPDATE ON acquisition FOR EACH ROW
    WHEN ((OLD.member_id, OLD.hook_id, OLD.channel_id, OLD.at) IS DISTINCT FROM
        (NEW.member_id, NEW.hook_id, NEW.channel_id, NEW.at) OR OLD.followed_at IS NOT NULL)
    EXECUTE FUNCTION channel_books_are_append_only()""",
    """CREATE TRIGGER split_rule_is_kept BEFORE UPDATE OR DELETE ON split_rule
    FOR EACH ROW EXECUTE FUNCTION channel_books_are_append_only()""",
    """CREATE TRIGGER split_share_is_kept BEFORE UPDATE OR DELETE ON split_share
    FOR EACH ROW EXECUTE FUNCTION channel_books_are_append_only()""",
    """CREATE TRIGGER split_entry_is_kept BEFORE UPDATE OR DELETE ON split_entry
    FOR EACH ROW EXECUTE FUNCTION channel_books_are_append_only()""",
    """CREATE FUNCTION split_rule_is_whole() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        rule uuid := coalesce(to_jsonb(NEW) ->> 'rule_id', to_jsonb(NEW) ->> 'id');
    BEGIN
        IF (SELECT coalesce(sum(bp), 0) FROM split_share WHERE rule_id = rule) <> 10000 THEN
            RAISE EXCEPTION 'the shares of a rule come to 10,000 basis points'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_split_share_is_whole';
        END IF;
        RETURN NULL;
    END $$""",
    """CREATE CONSTRAINT TRIGGER split_rule_is_whole AFTER INSERT ON split_rule
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION split_rule_is_whole()""",
    """CREATE CONSTRAINT TRIGGER split_share_is_whole AFTER INSERT ON split_share
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION split_rule_is_whole()""",
]
BEFORE_DOWNGRADE += [
    "UPDATE coupon SET take_by = 'USER' WHERE take_by = 'SCAN'",
    "ALTER TABLE coupon DROP CONSTRAINT ck_coupon_take_by_is_known, ADD CONSTRAINT ck_coupon_take_by_is_known CHECK"
    " (take_by IN ('USER', 'GIFT_BY_GUIDE', 'REGISTER', 'ORDER_GIFT', 'CODE', 'LIVE', 'PRIZE'))",
]
AFTER_DOWNGRADE += [
    "DROP FUNCTION channel_books_are_append_only()",
    "DROP FUNCTION split_rule_is_whole()",
]


def upgrade() -> None:
    op.create_table(
        "bounty_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("daily_cap", sa.Integer(), nullable=True),
        sa.Column("budget_minor", sa.BigInteger(), nullable=False),
        sa.Column("spent_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("frozen_days", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "event IN ('REGISTERED', 'PHONE_BOUND', 'FIRST_ORDER')", name=op.f("ck_bounty_rule_event_is_known")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_bounty_rule_amount_is_positive")),
        sa.CheckConstraint(
            "spent_minor BETWEEN 0 AND budget_minor", name=op.f("ck_bounty_rule_no_more_is_spent_than_its_budget")
        ),
        sa.CheckConstraint("starts_at <= ends_at", name=op.f("ck_bounty_rule_starts_before_it_ends")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bounty_rule")),
    )
    op.create_table(
        "department",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_department")),
        sa.UniqueConstraint("name", name=op.f("uq_department_name")),
    )
    op.create_table(
        "person_trace",
        sa.Column("trace", sa.LargeBinary(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("trace", name=op.f("pk_person_trace")),
    )
    op.create_index(op.f("ix_person_trace_member_id"), "person_trace", ["member_id"], unique=False)
    op.create_table(
        "projection",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("horizon_upto", sa.BigInteger(), nullable=True),
        sa.Column("horizon_next", sa.BigInteger(), nullable=True),
        sa.Column("horizon_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_projection")),
    )
    op.create_table(
        "webhook_endpoint",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("types", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("pause_reason", sa.Text(), nullable=True),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("resting_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("old_secret", sa.Text(), nullable=True),
        sa.Column("old_secret_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "(state = 'PAUSED') = (pause_reason IS NOT NULL)", name=op.f("ck_webhook_endpoint_pause_has_a_reason")
        ),
        sa.CheckConstraint(
            "pause_reason IN ('STAFF', 'FAILING', 'GONE')", name=op.f("ck_webhook_endpoint_pause_reason_is_known")
        ),
        sa.CheckConstraint("state IN ('ACTIVE', 'PAUSED')", name=op.f("ck_webhook_endpoint_state_is_known")),
        sa.CheckConstraint(
            "(old_secret IS NULL) = (old_secret_until IS NULL)", name=op.f("ck_webhook_endpoint_old_secret_has_an_end")
        ),
        sa.CheckConstraint("cardinality(types) > 0", name=op.f("ck_webhook_endpoint_types_are_some")),
        sa.CheckConstraint("failures >= 0", name=op.f("ck_webhook_endpoint_failures_are_counted")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoint")),
    )
    op.create_table(
        "webhook_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("aggregate_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_event")),
    )
    op.create_index("ix_webhook_event_at", "webhook_event", ["at"], unique=False, postgresql_using="brin")
    op.create_table(
        "bonus_plan",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("steps", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("kind IN ('STEP', 'TEAM')", name=op.f("ck_bonus_plan_kind_is_known")),
        sa.CheckConstraint("mode IN ('WHOLE', 'MARGINAL')", name=op.f("ck_bonus_plan_mode_is_known")),
        sa.CheckConstraint("starts_at <= ends_at", name=op.f("ck_bonus_plan_starts_before_it_ends")),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_bonus_plan_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bonus_plan")),
    )
    op.create_table(
        "channel",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('ECOMMERCE', 'OFFLINE', 'CONTENT', 'ADS', 'REFERRAL')", name=op.f("ck_channel_kind_is_known")
        ),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_channel_department_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel")),
        sa.UniqueConstraint("name", name=op.f("uq_channel_name")),
    )
    op.create_index(op.f("ix_channel_department_id"), "channel", ["department_id"], unique=False)
    op.create_index(op.f("ix_channel_kind_id"), "channel", ["kind", "id"], unique=False)
    op.create_table(
        "commission_rate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=True),
        sa.Column("tier_id", sa.Uuid(), nullable=True),
        sa.Column("is_campaign", sa.Boolean(), nullable=False),
        sa.Column("rate_bp", sa.Integer(), nullable=True),
        sa.Column("fixed_minor", sa.BigInteger(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "(scope = 'EVERYTHING') = (target_id IS NULL)", name=op.f("ck_commission_rate_a_target_or_everything")
        ),
        sa.CheckConstraint("level IN ('FIRST', 'SECOND')", name=op.f("ck_commission_rate_level_is_known")),
        sa.CheckConstraint(
            "scope IN ('VARIANT', 'PRODUCT', 'CATEGORY', 'EVERYTHING')", name=op.f("ck_commission_rate_scope_is_known")
        ),
        sa.CheckConstraint(
            "(rate_bp IS NULL) <> (fixed_minor IS NULL)", name=op.f("ck_commission_rate_a_share_or_an_amount")
        ),
        sa.CheckConstraint("NOT is_campaign OR ends_at IS NOT NULL", name=op.f("ck_commission_rate_a_campaign_ends")),
        sa.CheckConstraint("fixed_minor > 0", name=op.f("ck_commission_rate_fixed_is_positive")),
        sa.CheckConstraint("rate_bp BETWEEN 0 AND 10000", name=op.f("ck_commission_rate_rate_is_a_share")),
        sa.CheckConstraint("starts_at <= ends_at", name=op.f("ck_commission_rate_starts_before_it_ends")),
        sa.ForeignKeyConstraint(["tier_id"], ["guide_tier.id"], name=op.f("fk_commission_rate_tier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commission_rate")),
    )
    op.create_index(op.f("ix_commission_rate_target_id"), "commission_rate", ["target_id"], unique=False)
    op.create_table(
        "guide_task",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("series_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("goals", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("first_starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issue_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recurrence", sa.Text(), nullable=False),
        sa.Column("repeats_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remind_before_s", sa.Integer(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "recurrence IN ('ONCE', 'DAILY', 'WEEKLY', 'MONTHLY')", name=op.f("ck_guide_task_recurrence_is_known")
        ),
        sa.CheckConstraint(
            "state IN ('SCHEDULED', 'RUNNING', 'OVER', 'CANCELLED')", name=op.f("ck_guide_task_state_is_known")
        ),
        sa.CheckConstraint("round >= 1", name=op.f("ck_guide_task_round_is_a_number")),
        sa.CheckConstraint("starts_at < ends_at AND issue_at < ends_at", name=op.f("ck_guide_task_it_lasts_a_while")),
        sa.ForeignKeyConstraint(["created_by"], ["member.id"], name=op.f("fk_guide_task_created_by")),
        sa.ForeignKeyConstraint(["series_id"], ["guide_task.id"], name=op.f("fk_guide_task_series_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_guide_task_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guide_task")),
        sa.UniqueConstraint("series_id", "round", name=op.f("uq_guide_task_series_id_round")),
    )
    op.create_index(
        "ix_guide_task_recurring",
        "guide_task",
        ["next_at"],
        unique=False,
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    op.create_index(
        "ix_guide_task_running", "guide_task", ["ends_at"], unique=False, postgresql_where=sa.text("state = 'RUNNING'")
    )
    op.create_index(
        "ix_guide_task_to_issue",
        "guide_task",
        ["issue_at"],
        unique=False,
        postgresql_where=sa.text("state = 'SCHEDULED'"),
    )
    op.create_index(op.f("ix_guide_task_unit_id_id"), "guide_task", ["unit_id", "id"], unique=False)
    op.create_table(
        "lead",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("interest", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("assignee_id", sa.Uuid(), nullable=True),
        sa.Column("recover_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recovered", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(state = 'ASSIGNED') = (recover_at IS NOT NULL)", name=op.f("ck_lead_assigned_for_a_time")),
        sa.CheckConstraint("interest IN ('DEALER', 'FRANCHISE')", name=op.f("ck_lead_interest_is_known")),
        sa.CheckConstraint("state <> 'NEW' OR assignee_id IS NULL", name=op.f("ck_lead_new_is_nobodys")),
        sa.CheckConstraint("state IN ('NEW', 'ASSIGNED', 'SIGNED', 'LOST')", name=op.f("ck_lead_state_is_known")),
        sa.ForeignKeyConstraint(["assignee_id"], ["member.id"], name=op.f("fk_lead_assignee_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_lead_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead")),
    )
    op.create_index(
        "ix_lead_assignee_id",
        "lead",
        ["assignee_id", "id"],
        unique=False,
        postgresql_where=sa.text("assignee_id IS NOT NULL"),
    )
    op.create_index(op.f("ix_lead_member_id"), "lead", ["member_id"], unique=False)
    op.create_index(
        "ix_lead_recover_at", "lead", ["recover_at"], unique=False, postgresql_where=sa.text("recover_at IS NOT NULL")
    )
    op.create_index(op.f("ix_lead_state_id"), "lead", ["state", "id"], unique=False)
    op.create_index(
        "uq_lead_open_phone", "lead", ["phone"], unique=True, postgresql_where=sa.text("state IN ('NEW', 'ASSIGNED')")
    )
    op.create_table(
        "org_unit_place",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("units", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("units[cardinality(units)] = unit_id", name=op.f("ck_org_unit_place_ends_with_the_unit")),
        sa.CheckConstraint("until >= since", name=op.f("ck_org_unit_place_ends_after_it_began")),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_org_unit_place_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_org_unit_place")),
    )
    op.create_index(op.f("ix_org_unit_place_unit_id_since"), "org_unit_place", ["unit_id", "since"], unique=False)
    op.create_index("ix_org_unit_place_units", "org_unit_place", ["units"], unique=False, postgresql_using="gin")
    op.create_index(
        "uq_org_unit_place_open", "org_unit_place", ["unit_id"], unique=True, postgresql_where=sa.text("until IS NULL")
    )
    op.create_table(
        "payout_account",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("openid", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("real_name", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_payout_account_member_id")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_payout_account")),
    )
    op.create_table(
        "settlement_profile",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("cycle", sa.Text(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("platform_fee_bp", sa.Integer(), nullable=False),
        sa.Column("commission_bearer", sa.Text(), nullable=False),
        sa.Column("coupon_bearer", sa.Text(), nullable=False),
        sa.Column("cut_off", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_member_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "commission_bearer IN ('HQ', 'STORE')", name=op.f("ck_settlement_profile_commission_bearer_is_known")
        ),
        sa.CheckConstraint(
            "coupon_bearer IN ('HQ', 'STORE')", name=op.f("ck_settlement_profile_coupon_bearer_is_known")
        ),
        sa.CheckConstraint("cut_off IN ('FINALITY', 'EVENT')", name=op.f("ck_settlement_profile_cut_off_is_known")),
        sa.CheckConstraint(
            "cycle IN ('T_PLUS_N', 'WEEKLY', 'MONTHLY')", name=op.f("ck_settlement_profile_cycle_is_known")
        ),
        sa.CheckConstraint(
            "mode IN ('HQ_COLLECT', 'STORE_COLLECT', 'PROFIT_SHARING')",
            name=op.f("ck_settlement_profile_mode_is_known"),
        ),
        sa.CheckConstraint("days > 0", name=op.f("ck_settlement_profile_days_are_some")),
        sa.CheckConstraint("platform_fee_bp BETWEEN 0 AND 10000", name=op.f("ck_settlement_profile_fee_is_a_share")),
        sa.ForeignKeyConstraint(["by_member_id"], ["member.id"], name=op.f("fk_settlement_profile_by_member_id")),
        sa.ForeignKeyConstraint(["store_id"], ["org_unit.id"], name=op.f("fk_settlement_profile_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_profile")),
        sa.UniqueConstraint("store_id", "version", name=op.f("uq_settlement_profile_store_id_version")),
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("aggregate_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'PENDING'"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("first_tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'PENDING') = (finished_at IS NULL)", name=op.f("ck_webhook_delivery_final_has_a_time")
        ),
        sa.CheckConstraint(
            "state = 'PENDING' OR next_try_at IS NULL", name=op.f("ck_webhook_delivery_final_is_not_tried")
        ),
        sa.CheckConstraint(
            "state IN ('PENDING', 'DELIVERED', 'DEAD')", name=op.f("ck_webhook_delivery_state_is_known")
        ),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_webhook_delivery_attempts_are_counted")),
        sa.ForeignKeyConstraint(["endpoint_id"], ["webhook_endpoint.id"], name=op.f("fk_webhook_delivery_endpoint_id")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["webhook_event.id"], name=op.f("fk_webhook_delivery_event_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_delivery")),
        sa.UniqueConstraint("endpoint_id", "event_id", name=op.f("uq_webhook_delivery_endpoint_id_event_id")),
    )
    op.create_index(
        "ix_webhook_delivery_due",
        "webhook_delivery",
        ["endpoint_id", "next_try_at"],
        unique=False,
        postgresql_where=sa.text("next_try_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_webhook_delivery_endpoint_id_id"), "webhook_delivery", ["endpoint_id", "id"], unique=False)
    op.create_index(
        op.f("ix_webhook_delivery_endpoint_id_state_id"),
        "webhook_delivery",
        ["endpoint_id", "state", "id"],
        unique=False,
    )
    op.create_index(op.f("ix_webhook_delivery_event_id"), "webhook_delivery", ["event_id"], unique=False)
    op.create_index(
        "ix_webhook_delivery_pending",
        "webhook_delivery",
        ["endpoint_id", "aggregate_id", "sequence"],
        unique=False,
        postgresql_where=sa.text("state = 'PENDING'"),
    )
    op.create_table(
        "withdrawal_day",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("times", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("most_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "amount_minor BETWEEN 0 AND most_minor", name=op.f("ck_withdrawal_day_no_more_than_allowed")
        ),
        sa.CheckConstraint("times BETWEEN 0 AND most", name=op.f("ck_withdrawal_day_no_more_often_than_allowed")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_withdrawal_day_member_id")),
        sa.PrimaryKeyConstraint("member_id", "day", name=op.f("pk_withdrawal_day")),
    )
    op.create_table(
        "board_score",
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("guide_id", sa.Uuid(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("reached_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "metric IN ('SALES', 'ORDERS', 'COMMISSION', 'NEW_MEMBERS', 'ASSISTS', 'TASKS_DONE', 'POSTS', 'TAGS', 'COUPONS', 'GROUP_SHARES')",
            name=op.f("ck_board_score_metric_is_known"),
        ),
        sa.CheckConstraint(
            "period IN ('DAY', 'WEEK', 'MONTH', 'QUARTER', 'YEAR')", name=op.f("ck_board_score_period_is_known")
        ),
        sa.ForeignKeyConstraint(["guide_id"], ["guide.id"], name=op.f("fk_board_score_guide_id")),
        sa.ForeignKeyConstraint(["store_id"], ["org_unit.id"], name=op.f("fk_board_score_store_id")),
        sa.PrimaryKeyConstraint("metric", "period", "starts_on", "store_id", "guide_id", name=op.f("pk_board_score")),
    )
    op.create_index(op.f("ix_board_score_guide_id"), "board_score", ["guide_id"], unique=False)
    op.create_table(
        "bonus",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("guide_id", sa.Uuid(), nullable=False),
        sa.Column("base_minor", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_minor BETWEEN 0 AND base_minor", name=op.f("ck_bonus_amount_is_within_its_base")),
        sa.ForeignKeyConstraint(["guide_id"], ["guide.id"], name=op.f("fk_bonus_guide_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["bonus_plan.id"], name=op.f("fk_bonus_plan_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_bonus_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bonus")),
    )
    op.create_index(op.f("ix_bonus_guide_id_id"), "bonus", ["guide_id", "id"], unique=False)
    op.create_index("uq_bonus_one_of_a_month", "bonus", ["plan_id", "month", "guide_id", "unit_id"], unique=True)
    op.create_table(
        "bounty_day",
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("guide_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("given", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=True),
        sa.CheckConstraint("given <= most", name=op.f("ck_bounty_day_no_more_in_a_day_than_its_cap")),
        sa.ForeignKeyConstraint(["guide_id"], ["guide.id"], name=op.f("fk_bounty_day_guide_id")),
        sa.ForeignKeyConstraint(["rule_id"], ["bounty_rule.id"], name=op.f("fk_bounty_day_rule_id")),
        sa.PrimaryKeyConstraint("rule_id", "guide_id", "day", name=op.f("pk_bounty_day")),
    )
    op.create_table(
        "commission_contract",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("guide_id", sa.Uuid(), nullable=False),
        sa.Column("rate_bp", sa.Integer(), nullable=False),
        sa.Column("product_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("rate_bp BETWEEN 0 AND 10000", name=op.f("ck_commission_contract_rate_is_a_share")),
        sa.CheckConstraint("starts_at <= ends_at", name=op.f("ck_commission_contract_starts_before_it_ends")),
        sa.ForeignKeyConstraint(["guide_id"], ["guide.id"], name=op.f("fk_commission_contract_guide_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commission_contract")),
    )
    op.create_index(op.f("ix_commission_contract_guide_id"), "commission_contract", ["guide_id"], unique=False)
    op.create_table(
        "guide_deed",
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("guide_id", sa.Uuid(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "metric IN ('SALES', 'ORDERS', 'COMMISSION', 'NEW_MEMBERS', 'ASSISTS', 'TASKS_DONE', 'POSTS', 'TAGS', 'COUPONS', 'GROUP_SHARES')",
            name=op.f("ck_guide_deed_metric_is_known"),
        ),
        sa.CheckConstraint("value >= 0", name=op.f("ck_guide_deed_value_is_not_negative")),
        sa.ForeignKeyConstraint(["guide_id"], ["guide.id"], name=op.f("fk_guide_deed_guide_id")),
        sa.ForeignKeyConstraint(["store_id"], ["org_unit.id"], name=op.f("fk_guide_deed_store_id")),
        sa.PrimaryKeyConstraint("source_id", "metric", "guide_id", name=op.f("pk_guide_deed")),
    )
    op.create_index(op.f("ix_guide_deed_guide_id_metric_at"), "guide_deed", ["guide_id", "metric", "at"], unique=False)
    op.create_table(
        "guide_tier_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("guide_id", sa.Uuid(), nullable=False),
        sa.Column("from_tier_id", sa.Uuid(), nullable=False),
        sa.Column("to_tier_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("reason IN ('ROSE', 'FELL', 'SET')", name=op.f("ck_guide_tier_change_reason_is_known")),
        sa.ForeignKeyConstraint(["actor_id"], ["member.id"], name=op.f("fk_guide_tier_change_actor_id")),
        sa.ForeignKeyConstraint(["from_tier_id"], ["guide_tier.id"], name=op.f("fk_guide_tier_change_from_tier_id")),
        sa.ForeignKeyConstraint(["guide_id"], ["guide.id"], name=op.f("fk_guide_tier_change_guide_id")),
        sa.ForeignKeyConstraint(["to_tier_id"], ["guide_tier.id"], name=op.f("fk_guide_tier_change_to_tier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guide_tier_change")),
    )
    op.create_index(op.f("ix_guide_tier_change_guide_id_id"), "guide_tier_change", ["guide_id", "id"], unique=False)
    op.create_table(
        "handover",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("from_guide_id", sa.Uuid(), nullable=False),
        sa.Column("to_guide_id", sa.Uuid(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refusable_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_leaving", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("called_off_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("effective_at >= created_at", name=op.f("ck_handover_it_does_not_change_the_past")),
        sa.CheckConstraint("from_guide_id <> to_guide_id", name=op.f("ck_handover_it_goes_to_another_guide")),
        sa.ForeignKeyConstraint(["actor_id"], ["member.id"], name=op.f("fk_handover_actor_id")),
        sa.ForeignKeyConstraint(["from_guide_id"], ["guide.id"], name=op.f("fk_handover_from_guide_id")),
        sa.ForeignKeyConstraint(["to_guide_id"], ["guide.id"], name=op.f("fk_handover_to_guide_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover")),
    )
    op.create_index(op.f("ix_handover_from_guide_id"), "handover", ["from_guide_id"], unique=False)
    op.create_index(op.f("ix_handover_to_guide_id"), "handover", ["to_guide_id"], unique=False)
    op.create_table(
        "hook",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("tool", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("goal", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("creative", sa.Text(), nullable=False),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=True),
        sa.Column("guide_id", sa.Uuid(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("template_id", sa.Uuid(), nullable=True),
        sa.Column("points", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("most_given", sa.Integer(), nullable=True),
        sa.Column("given", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("goal IN ('ORDER', 'FOLLOW', 'REGISTER')", name=op.f("ck_hook_goal_is_known")),
        sa.CheckConstraint(
            "tool IN ('PACKAGE_CARD', 'SMS', 'AI_CALL', 'POSTER', 'SCAN_TO_ORDER', 'AD_LANDING', 'GROUP_CODE', 'LINK')",
            name=op.f("ck_hook_tool_is_known"),
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_hook_it_ends_after_it_begins")),
        sa.CheckConstraint("given >= 0 AND given <= most_given", name=op.f("ck_hook_no_more_is_given_than_may_be")),
        sa.CheckConstraint("points >= 0", name=op.f("ck_hook_points_are_not_negative")),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name=op.f("fk_hook_channel_id")),
        sa.ForeignKeyConstraint(["guide_id"], ["guide.id"], name=op.f("fk_hook_guide_id")),
        sa.ForeignKeyConstraint(["store_id"], ["org_unit.id"], name=op.f("fk_hook_store_id")),
        sa.ForeignKeyConstraint(["template_id"], ["coupon_template.id"], name=op.f("fk_hook_template_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hook")),
    )
    op.create_index(op.f("ix_hook_channel_id_id"), "hook", ["channel_id", "id"], unique=False)
    op.create_table(
        "lead_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('NEW', 'ASSIGNED', 'SIGNED', 'LOST')", name=op.f("ck_lead_entry_state_is_known")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_lead_entry_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_entry")),
    )
    op.create_index(op.f("ix_lead_entry_lead_id"), "lead_entry", ["lead_id"], unique=False)
    op.create_table(
        "service_alert",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("guide_id", sa.Uuid(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("bound", sa.BigInteger(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_by", sa.Uuid(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('SLOW_ANSWERS', 'UNANSWERED', 'LOW_RATING', 'MANY_COMPLAINTS')",
            name=op.f("ck_service_alert_kind_is_known"),
        ),
        sa.CheckConstraint("(seen_by IS NULL) = (seen_at IS NULL)", name=op.f("ck_service_alert_somebody_saw_it")),
        sa.ForeignKeyConstraint(["guide_id"], ["guide.id"], name=op.f("fk_service_alert_guide_id")),
        sa.ForeignKeyConstraint(["seen_by"], ["member.id"], name=op.f("fk_service_alert_seen_by")),
        sa.ForeignKeyConstraint(["store_id"], ["org_unit.id"], name=op.f("fk_service_alert_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_alert")),
    )
    op.create_index(op.f("ix_service_alert_guide_id_id"), "service_alert", ["guide_id", "id"], unique=False)
    op.create_index(op.f("ix_service_alert_store_id"), "service_alert", ["store_id"], unique=False)
    op.create_index(
        "uq_service_alert_one_unseen",
        "service_alert",
        ["guide_id", "kind"],
        unique=True,
        postgresql_where=sa.text("seen_at IS NULL"),
    )
    op.create_table(
        "settlement_bill",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("flows", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(state = 'DRAFT') = (issued_at IS NULL)", name=op.f("ck_settlement_bill_issued_has_a_time")
        ),
        sa.CheckConstraint("(state = 'PAID') = (paid_at IS NOT NULL)", name=op.f("ck_settlement_bill_paid_has_a_time")),
        sa.CheckConstraint(
            "(state IN ('CHECKED', 'PAID')) = (checked_at IS NOT NULL)",
            name=op.f("ck_settlement_bill_checked_has_a_time"),
        ),
        sa.CheckConstraint(
            "state IN ('DRAFT', 'OUT', 'CHECKED', 'PAID')", name=op.f("ck_settlement_bill_state_is_known")
        ),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_settlement_bill_ends_after_it_began")),
        sa.ForeignKeyConstraint(["profile_id"], ["settlement_profile.id"], name=op.f("fk_settlement_bill_profile_id")),
        sa.ForeignKeyConstraint(["store_id"], ["org_unit.id"], name=op.f("fk_settlement_bill_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_bill")),
        sa.UniqueConstraint("number", name=op.f("uq_settlement_bill_number")),
        sa.UniqueConstraint(
            "store_id", "first_day", "last_day", name=op.f("uq_settlement_bill_store_id_first_day_last_day")
        ),
    )
    op.create_index(op.f("ix_settlement_bill_state_id"), "settlement_bill", ["state", "id"], unique=False)
    op.create_index(op.f("ix_settlement_bill_store_id_id"), "settlement_bill", ["store_id", "id"], unique=False)
    op.create_table(
        "split_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("effective_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("period_days", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("period_days >= 0", name=op.f("ck_split_rule_period_is_not_negative")),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name=op.f("fk_split_rule_channel_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_split_rule")),
        sa.UniqueConstraint("channel_id", "effective_from", name=op.f("uq_split_rule_channel_id_effective_from")),
    )
    op.create_index(op.f("ix_split_rule_channel_id_id"), "split_rule", ["channel_id", "id"], unique=False)
    op.create_table(
        "store_buyer",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("place_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("orders", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("again", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_store_buyer_member_id")),
        sa.ForeignKeyConstraint(["place_id"], ["org_unit_place.id"], name=op.f("fk_store_buyer_place_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_store_buyer_unit_id")),
        sa.PrimaryKeyConstraint("day", "place_id", "member_id", name=op.f("pk_store_buyer")),
    )
    op.create_index(op.f("ix_store_buyer_place_id_day"), "store_buyer", ["place_id", "day"], unique=False)
    op.create_index(
        op.f("ix_store_buyer_unit_id_member_id_day"), "store_buyer", ["unit_id", "member_id", "day"], unique=False
    )
    op.create_table(
        "store_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("place_id", sa.BigInteger(), nullable=False),
        sa.Column("gmv_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("refunds_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("live_gmv_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("share_gmv_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("commission_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("orders", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("new_members", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("shipped_orders", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("picked_up_orders", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(["place_id"], ["org_unit_place.id"], name=op.f("fk_store_day_place_id")),
        sa.PrimaryKeyConstraint("day", "place_id", name=op.f("pk_store_day")),
    )
    op.create_index(op.f("ix_store_day_place_id_day"), "store_day", ["place_id", "day"], unique=False)
    op.create_table(
        "task_assignment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("guide_id", sa.Uuid(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'TODO'"), nullable=False),
        sa.Column("progress", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("urged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("urges", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("(state = 'DONE') = (done_at IS NOT NULL)", name=op.f("ck_task_assignment_done_has_a_time")),
        sa.CheckConstraint(
            "state IN ('TODO', 'DOING', 'DONE', 'OVERDUE', 'CANCELLED')", name=op.f("ck_task_assignment_state_is_known")
        ),
        sa.CheckConstraint("(urges = 0) = (urged_at IS NULL)", name=op.f("ck_task_assignment_an_urge_has_a_time")),
        sa.ForeignKeyConstraint(["guide_id"], ["guide.id"], name=op.f("fk_task_assignment_guide_id")),
        sa.ForeignKeyConstraint(["store_id"], ["org_unit.id"], name=op.f("fk_task_assignment_store_id")),
        sa.ForeignKeyConstraint(["task_id"], ["guide_task.id"], name=op.f("fk_task_assignment_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_assignment")),
        sa.UniqueConstraint("task_id", "guide_id", name=op.f("uq_task_assignment_task_id_guide_id")),
    )
    op.create_index(op.f("ix_task_assignment_guide_id_id"), "task_assignment", ["guide_id", "id"], unique=False)
    op.create_index(
        "ix_task_assignment_unfinished",
        "task_assignment",
        ["task_id"],
        unique=False,
        postgresql_where=sa.text("state IN ('TODO', 'DOING')"),
    )
    op.create_table(
        "webhook_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("response", sa.Text(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "failure IN ('NAME_UNKNOWN', 'ADDRESS_FORBIDDEN', 'NOT_CONNECTED', 'TLS_FAILED', 'TIMED_OUT', 'BROKE_OFF', 'REDIRECTED', 'REFUSED')",
            name=op.f("ck_webhook_attempt_failure_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["webhook_delivery.id"], name=op.f("fk_webhook_attempt_delivery_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_attempt")),
    )
    op.create_index(op.f("ix_webhook_attempt_delivery_id_id"), "webhook_attempt", ["delivery_id", "id"], unique=False)
    op.create_table(
        "wecom_contact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("guide_id", sa.Uuid(), nullable=False),
        sa.Column("external_userid", sa.Text(), nullable=False),
        sa.Column("unionid", sa.Text(), nullable=True),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("removed_at >= added_at", name=op.f("ck_wecom_contact_it_is_removed_after_it_was_added")),
        sa.ForeignKeyConstraint(["guide_id"], ["guide.id"], name=op.f("fk_wecom_contact_guide_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_wecom_contact_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wecom_contact")),
    )
    op.create_index(op.f("ix_wecom_contact_external_userid"), "wecom_contact", ["external_userid"], unique=False)
    op.create_index(op.f("ix_wecom_contact_guide_id_id"), "wecom_contact", ["guide_id", "id"], unique=False)
    op.create_index(op.f("ix_wecom_contact_member_id"), "wecom_contact", ["member_id"], unique=False)
    op.create_index(op.f("ix_wecom_contact_unionid"), "wecom_contact", ["unionid"], unique=False)
    op.create_index("uq_wecom_contact_once", "wecom_contact", ["guide_id", "external_userid"], unique=True)
    op.create_table(
        "withdrawal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("guide_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("openid", sa.Text(), nullable=False),
        sa.Column("real_name", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("confirmation", sa.Text(), nullable=True),
        sa.Column("confirm_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('CANCELLED', 'EXPIRED', 'FAILED', 'PAID', 'REJECTED')) = (finished_at IS NOT NULL)",
            name=op.f("ck_withdrawal_final_has_a_time"),
        ),
        sa.CheckConstraint(
            "state IN ('REQUESTED', 'APPROVED', 'TRANSFERRING', 'WAIT_USER_CONFIRM', 'PAID', 'REJECTED', 'FAILED', 'EXPIRED', 'CANCELLED')",
            name=op.f("ck_withdrawal_state_is_known"),
        ),
        sa.CheckConstraint("decided_by <> member_id", name=op.f("ck_withdrawal_four_eyes")),
        sa.CheckConstraint(
            "fee_minor >= 0 AND fee_minor < amount_minor", name=op.f("ck_withdrawal_something_is_transferred")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["member.id"], name=op.f("fk_withdrawal_decided_by")),
        sa.ForeignKeyConstraint(["guide_id"], ["guide.id"], name=op.f("fk_withdrawal_guide_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_withdrawal_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withdrawal")),
    )
    op.create_index(
        "ix_withdrawal_due",
        "withdrawal",
        ["next_try_at"],
        unique=False,
        postgresql_where=sa.text("next_try_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_withdrawal_guide_id_id"), "withdrawal", ["guide_id", "id"], unique=False)
    op.create_index(op.f("ix_withdrawal_member_id_id"), "withdrawal", ["member_id", "id"], unique=False)
    op.create_index(
        "ix_withdrawal_paid",
        "withdrawal",
        ["finished_at", "guide_id"],
        unique=False,
        postgresql_where=sa.text("state = 'PAID'"),
    )
    op.create_index(op.f("ix_withdrawal_state_id"), "withdrawal", ["state", "id"], unique=False)
    op.create_index("uq_withdrawal_reference", "withdrawal", ["reference"], unique=True)
    op.create_table(
        "acquisition",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("hook_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("followed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name=op.f("fk_acquisition_channel_id")),
        sa.ForeignKeyConstraint(["hook_id"], ["hook.id"], name=op.f("fk_acquisition_hook_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_acquisition_member_id")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_acquisition")),
    )
    op.create_index(op.f("ix_acquisition_channel_id_at"), "acquisition", ["channel_id", "at"], unique=False)
    op.create_index(op.f("ix_acquisition_hook_id_at"), "acquisition", ["hook_id", "at"], unique=False)
    op.create_table(
        "hook_batch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("hook_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("count > 0", name=op.f("ck_hook_batch_count_is_positive")),
        sa.ForeignKeyConstraint(["hook_id"], ["hook.id"], name=op.f("fk_hook_batch_hook_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hook_batch")),
    )
    op.create_index(op.f("ix_hook_batch_hook_id_id"), "hook_batch", ["hook_id", "id"], unique=False)
    op.create_table(
        "hook_day",
        sa.Column("hook_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("scans", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("unique_scans", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("registrations", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("follows", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("orders", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("revenue_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("refunds", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("cost_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("cost_minor >= 0", name=op.f("ck_hook_day_cost_is_not_negative")),
        sa.CheckConstraint(
            "scans >= 0 AND unique_scans >= 0 AND registrations >= 0 AND follows >= 0 AND orders >= 0 AND revenue_minor >= 0 AND refunds >= 0 AND refunded_minor >= 0",
            name=op.f("ck_hook_day_figures_are_not_negative"),
        ),
        sa.CheckConstraint("unique_scans <= scans", name=op.f("ck_hook_day_who_scans_counts")),
        sa.ForeignKeyConstraint(["hook_id"], ["hook.id"], name=op.f("fk_hook_day_hook_id")),
        sa.PrimaryKeyConstraint("hook_id", "day", name=op.f("pk_hook_day")),
    )
    op.create_index(op.f("ix_hook_day_day"), "hook_day", ["day"], unique=False)
    op.create_table(
        "hook_gift",
        sa.Column("hook_id", sa.Uuid(), nullable=False),
        sa.Column("trace", sa.LargeBinary(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["hook_id"], ["hook.id"], name=op.f("fk_hook_gift_hook_id")),
        sa.PrimaryKeyConstraint("hook_id", "trace", name=op.f("pk_hook_gift")),
    )
    op.create_table(
        "hook_scan",
        sa.Column("hook_id", sa.Uuid(), nullable=False),
        sa.Column("visitor_key", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("scans", sa.BigInteger(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("scans > 0", name=op.f("ck_hook_scan_someone_scanned")),
        sa.ForeignKeyConstraint(["hook_id"], ["hook.id"], name=op.f("fk_hook_scan_hook_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_hook_scan_member_id")),
        sa.PrimaryKeyConstraint("hook_id", "visitor_key", "day", name=op.f("pk_hook_scan")),
    )
    op.create_index(
        "ix_hook_scan_member_id",
        "hook_scan",
        ["member_id", "last_at"],
        unique=False,
        postgresql_where=sa.text("member_id IS NOT NULL"),
    )
    op.create_table(
        "settlement_bill_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("bill_id", sa.Uuid(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=True),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "from_state IN ('DRAFT', 'OUT', 'CHECKED', 'PAID')",
            name=op.f("ck_settlement_bill_change_from_state_is_known"),
        ),
        sa.CheckConstraint(
            "to_state IN ('DRAFT', 'OUT', 'CHECKED', 'PAID')", name=op.f("ck_settlement_bill_change_to_state_is_known")
        ),
        sa.ForeignKeyConstraint(["bill_id"], ["settlement_bill.id"], name=op.f("fk_settlement_bill_change_bill_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_bill_change")),
    )
    op.create_index(op.f("ix_settlement_bill_change_bill_id"), "settlement_bill_change", ["bill_id"], unique=False)
    op.create_table(
        "share_day",
        sa.Column("share_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("sharer_member_id", sa.Uuid(), nullable=False),
        sa.Column("guide_id", sa.Uuid(), nullable=True),
        sa.Column("store_id", sa.Uuid(), nullable=True),
        sa.Column("target_kind", sa.Text(), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("views", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("unique_visits", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("registrations", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("carts", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("orders", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("paid_orders", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("revenue_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("refunds", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "channel IN ('CHAT', 'GROUP', 'MOMENTS', 'CHANNELS', 'OA', 'POSTER', 'LINK')",
            name=op.f("ck_share_day_channel_is_known"),
        ),
        sa.CheckConstraint(
            "target_kind IN ('PRODUCT', 'POST', 'LIVE_ROOM', 'STORE', 'GUIDE')",
            name=op.f("ck_share_day_target_kind_is_known"),
        ),
        sa.CheckConstraint("unique_visits <= views", name=op.f("ck_share_day_who_visits_views")),
        sa.CheckConstraint(
            "views >= 0 AND unique_visits >= 0 AND registrations >= 0 AND carts >= 0 AND orders >= 0 AND paid_orders >= 0 AND revenue_minor >= 0 AND refunds >= 0 AND refunded_minor >= 0",
            name=op.f("ck_share_day_figures_are_not_negative"),
        ),
        sa.ForeignKeyConstraint(["guide_id"], ["guide.id"], name=op.f("fk_share_day_guide_id")),
        sa.ForeignKeyConstraint(["share_id"], ["share.id"], name=op.f("fk_share_day_share_id")),
        sa.ForeignKeyConstraint(["sharer_member_id"], ["member.id"], name=op.f("fk_share_day_sharer_member_id")),
        sa.ForeignKeyConstraint(["store_id"], ["org_unit.id"], name=op.f("fk_share_day_store_id")),
        sa.PrimaryKeyConstraint("share_id", "day", name=op.f("pk_share_day")),
    )
    op.create_index(op.f("ix_share_day_channel_day"), "share_day", ["channel", "day"], unique=False)
    op.create_index(op.f("ix_share_day_day"), "share_day", ["day"], unique=False)
    op.create_index(
        "ix_share_day_guide_id_day",
        "share_day",
        ["guide_id", "day"],
        unique=False,
        postgresql_where=sa.text("guide_id IS NOT NULL"),
    )
    op.create_index(op.f("ix_share_day_sharer_member_id_day"), "share_day", ["sharer_member_id", "day"], unique=False)
    op.create_index(
        "ix_share_day_store_id_day",
        "share_day",
        ["store_id", "day"],
        unique=False,
        postgresql_where=sa.text("store_id IS NOT NULL"),
    )
    op.create_index(op.f("ix_share_day_target_id_day"), "share_day", ["target_id", "day"], unique=False)
    op.create_table(
        "split_share",
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("bp", sa.Integer(), nullable=False),
        sa.CheckConstraint("bp BETWEEN 1 AND 10000", name=op.f("ck_split_share_bp_is_a_share")),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_split_share_department_id")),
        sa.ForeignKeyConstraint(["rule_id"], ["split_rule.id"], name=op.f("fk_split_share_rule_id")),
        sa.PrimaryKeyConstraint("rule_id", "position", name=op.f("pk_split_share")),
        sa.UniqueConstraint("rule_id", "department_id", name=op.f("uq_split_share_rule_id_department_id")),
    )
    op.create_table(
        "task_evidence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("many", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("pictures", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(state = 'WAITING') = (decided_at IS NULL)", name=op.f("ck_task_evidence_a_decision_has_a_time")
        ),
        sa.CheckConstraint(
            "kind IN ('CONTENT_PUBLISH', 'GREETING', 'TAGGING', 'COUPON_GIFT', 'RECRUIT', 'GROUP_CHAT', 'ONE_TO_ONE', 'VISIT')",
            name=op.f("ck_task_evidence_kind_is_known"),
        ),
        sa.CheckConstraint(
            "state IN ('WAITING', 'APPROVED', 'REJECTED')", name=op.f("ck_task_evidence_state_is_known")
        ),
        sa.CheckConstraint("cardinality(pictures) <= 9", name=op.f("ck_task_evidence_pictures_are_nine_at_most")),
        sa.CheckConstraint("many >= 1", name=op.f("ck_task_evidence_it_counts")),
        sa.ForeignKeyConstraint(["assignment_id"], ["task_assignment.id"], name=op.f("fk_task_evidence_assignment_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["member.id"], name=op.f("fk_task_evidence_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_evidence")),
    )
    op.create_index(op.f("ix_task_evidence_assignment_id_id"), "task_evidence", ["assignment_id", "id"], unique=False)
    op.create_index(
        "ix_task_evidence_waiting", "task_evidence", ["id"], unique=False, postgresql_where=sa.text("state = 'WAITING'")
    )
    op.create_table(
        "assist",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("guide_id", sa.Uuid(), nullable=False),
        sa.Column("share_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("bp", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "reason IN ('EXPLICIT_CODE', 'LIVE_ROOM', 'SHARE_TOUCH', 'BINDING', 'CHANNEL', 'NONE')",
            name=op.f("ck_assist_reason_is_known"),
        ),
        sa.CheckConstraint("amount_minor = 0 OR bp > 0", name=op.f("ck_assist_only_a_part_is_paid")),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_assist_amount_is_not_negative")),
        sa.CheckConstraint("bp BETWEEN 0 AND 10000", name=op.f("ck_assist_bp_is_a_share")),
        sa.ForeignKeyConstraint(["guide_id"], ["guide.id"], name=op.f("fk_assist_guide_id")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["order.id"], name=op.f("fk_assist_order_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(["share_id"], ["share.id"], name=op.f("fk_assist_share_id")),
        sa.PrimaryKeyConstraint("order_id", "guide_id", name=op.f("pk_assist")),
    )
    op.create_index(op.f("ix_assist_guide_id_order_id"), "assist", ["guide_id", "order_id"], unique=False)
    op.create_table(
        "bounty",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("guide_id", sa.Uuid(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("release_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "event IN ('REGISTERED', 'PHONE_BOUND', 'FIRST_ORDER')", name=op.f("ck_bounty_event_is_known")
        ),
        sa.CheckConstraint(
            "state IN ('FROZEN', 'AVAILABLE', 'HELD', 'CANCELLED', 'CLAWED_BACK')",
            name=op.f("ck_bounty_state_is_known"),
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_bounty_amount_is_positive")),
        sa.ForeignKeyConstraint(["guide_id"], ["guide.id"], name=op.f("fk_bounty_guide_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_bounty_member_id")),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_bounty_order_id")),
        sa.ForeignKeyConstraint(["rule_id"], ["bounty_rule.id"], name=op.f("fk_bounty_rule_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bounty")),
    )
    op.create_index(
        "ix_bounty_due", "bounty", ["release_at"], unique=False, postgresql_where=sa.text("state = 'FROZEN'")
    )
    op.create_index(op.f("ix_bounty_guide_id_id"), "bounty", ["guide_id", "id"], unique=False)
    op.create_index("ix_bounty_held", "bounty", ["guide_id"], unique=False, postgresql_where=sa.text("state = 'HELD'"))
    op.create_index(
        "ix_bounty_of_order", "bounty", ["order_id"], unique=False, postgresql_where=sa.text("order_id IS NOT NULL")
    )
    op.create_index("uq_bounty_one_of_a_member", "bounty", ["rule_id", "member_id"], unique=True)
    op.create_table(
        "handover_member",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("handover_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("binding_id", sa.Uuid(), nullable=True),
        sa.Column("next_binding_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'FAILED') = (failure IS NOT NULL)", name=op.f("ck_handover_member_a_failure_has_a_reason")
        ),
        sa.CheckConstraint(
            "failure IN ('NOT_BOUND', 'IS_SUCCESSOR', 'LOOP', 'EXPIRES_BEFORE', 'PLANNED_BEFORE', 'MOVED_MEANWHILE', 'CALLED_OFF')",
            name=op.f("ck_handover_member_failure_is_known"),
        ),
        sa.CheckConstraint(
            "state = 'FAILED' OR next_binding_id IS NOT NULL",
            name=op.f("ck_handover_member_who_is_handed_over_is_bound"),
        ),
        sa.CheckConstraint(
            "state IN ('WAITING', 'IN_PROGRESS', 'DONE', 'FAILED', 'REFUSED')",
            name=op.f("ck_handover_member_state_is_known"),
        ),
        sa.ForeignKeyConstraint(["binding_id"], ["binding.id"], name=op.f("fk_handover_member_binding_id")),
        sa.ForeignKeyConstraint(["handover_id"], ["handover.id"], name=op.f("fk_handover_member_handover_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_handover_member_member_id")),
        sa.ForeignKeyConstraint(["next_binding_id"], ["binding.id"], name=op.f("fk_handover_member_next_binding_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover_member")),
    )
    op.create_index(
        "ix_handover_member_going_on",
        "handover_member",
        ["state", "id"],
        unique=False,
        postgresql_where=sa.text("state IN ('WAITING', 'IN_PROGRESS')"),
    )
    op.create_index(op.f("ix_handover_member_handover_id_id"), "handover_member", ["handover_id", "id"], unique=False)
    op.create_index(op.f("ix_handover_member_next_binding_id"), "handover_member", ["next_binding_id"], unique=False)
    op.create_index("uq_handover_member_once", "handover_member", ["member_id", "handover_id"], unique=True)
    op.create_table(
        "hook_code",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("hook_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "number >= 0 AND (number = 0) = (batch_id IS NULL)", name=op.f("ck_hook_code_numbered_in_its_batch")
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["hook_batch.id"], name=op.f("fk_hook_code_batch_id")),
        sa.ForeignKeyConstraint(["hook_id"], ["hook.id"], name=op.f("fk_hook_code_hook_id")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_hook_code")),
        sa.UniqueConstraint("batch_id", "number", name=op.f("uq_hook_code_batch_id_number")),
    )
    op.create_index(
        "uq_hook_code_own", "hook_code", ["hook_id"], unique=True, postgresql_where=sa.text("batch_id IS NULL")
    )
    op.create_table(
        "hook_order",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("hook_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["hook_id"], ["hook.id"], name=op.f("fk_hook_order_hook_id")),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_hook_order_order_id")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_hook_order")),
    )
    op.create_index(op.f("ix_hook_order_hook_id_order_id"), "hook_order", ["hook_id", "order_id"], unique=False)
    op.create_table(
        "split_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_minor <> 0", name=op.f("ck_split_entry_it_is_something")),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_split_entry_department_id")),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_split_entry_order_id")),
        sa.ForeignKeyConstraint(["rule_id"], ["split_rule.id"], name=op.f("fk_split_entry_rule_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_split_entry")),
        sa.UniqueConstraint(
            "order_id", "source", "department_id", name=op.f("uq_split_entry_order_id_source_department_id")
        ),
    )
    op.create_index(op.f("ix_split_entry_day"), "split_entry", ["day"], unique=False)
    op.create_index(op.f("ix_split_entry_department_id_day"), "split_entry", ["department_id", "day"], unique=False)
    op.create_table(
        "store_flow",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("final_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("line_id", sa.Uuid(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("bill_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('ORDER', 'REFUND', 'PLATFORM_FEE', 'PLATFORM_FEE_RETURN', 'COMMISSION', 'COMMISSION_CLAWBACK', 'COUPON_SUBSIDY', 'COUPON_SUBSIDY_REVERSAL', 'COLLECTED', 'COLLECTED_RETURN', 'ADJUSTMENT')",
            name=op.f("ck_store_flow_kind_is_known"),
        ),
        sa.ForeignKeyConstraint(["bill_id"], ["settlement_bill.id"], name=op.f("fk_store_flow_bill_id")),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_store_flow_order_id")),
        sa.ForeignKeyConstraint(["profile_id"], ["settlement_profile.id"], name=op.f("fk_store_flow_profile_id")),
        sa.ForeignKeyConstraint(["store_id"], ["org_unit.id"], name=op.f("fk_store_flow_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_store_flow")),
        sa.UniqueConstraint(
            "order_id", "line_id", "kind", "source", name=op.f("uq_store_flow_order_id_line_id_kind_source")
        ),
    )
    op.create_index(
        "ix_store_flow_bill_id",
        "store_flow",
        ["bill_id", "id"],
        unique=False,
        postgresql_where=sa.text("bill_id IS NOT NULL"),
    )
    op.create_index(
        "ix_store_flow_unbilled",
        "store_flow",
        ["store_id", "at"],
        unique=False,
        postgresql_where=sa.text("bill_id IS NULL"),
    )
    op.create_index(
        "ix_store_flow_unbilled_final",
        "store_flow",
        ["store_id", "final_at"],
        unique=False,
        postgresql_where=sa.text("bill_id IS NULL"),
    )
    op.create_table(
        "store_fulfilment",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_store_fulfilment_order_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_store_fulfilment_unit_id")),
        sa.PrimaryKeyConstraint("order_id", "unit_id", name=op.f("pk_store_fulfilment")),
    )
    op.create_table(
        "profit_share",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("transaction", sa.Text(), nullable=False),
        sa.Column("unfreezes", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state NOT IN ('FAILED', 'SUCCEEDED')) = (finished_at IS NULL)",
            name=op.f("ck_profit_share_final_has_a_time"),
        ),
        sa.CheckConstraint(
            "state IN ('REQUESTED', 'UNKNOWN', 'PROCESSING', 'SUCCEEDED', 'FAILED')",
            name=op.f("ck_profit_share_state_is_known"),
        ),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_profit_share_order_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_profit_share_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profit_share")),
    )
    op.create_index(
        "ix_profit_share_due",
        "profit_share",
        ["next_try_at"],
        unique=False,
        postgresql_where=sa.text("next_try_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_profit_share_payment_id"), "profit_share", ["payment_id"], unique=False)
    op.create_table(
        "profit_sharing",
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("shared_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("requests", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("rest_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("requests BETWEEN 0 AND 50", name=op.f("ck_profit_sharing_requests_are_bounded")),
        sa.CheckConstraint(
            "shared_minor BETWEEN 0 AND amount_minor * 3000 / 10000",
            name=op.f("ck_profit_sharing_others_get_no_more_than_they_may"),
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_profit_sharing_payment_id")),
        sa.PrimaryKeyConstraint("payment_id", name=op.f("pk_profit_sharing")),
    )
    op.create_index(
        "ix_profit_sharing_open",
        "profit_sharing",
        ["payment_id"],
        unique=False,
        postgresql_where=sa.text("rest_at IS NULL"),
    )
    op.create_table(
        "commission_claw_back",
        sa.Column("commission_id", sa.Uuid(), nullable=False),
        sa.Column("refund_id", sa.Uuid(), nullable=False),
        sa.Column("guide_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("after_release", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_commission_claw_back_something_was_taken_back")),
        sa.ForeignKeyConstraint(
            ["commission_id"], ["commission.id"], name=op.f("fk_commission_claw_back_commission_id")
        ),
        sa.ForeignKeyConstraint(["guide_id"], ["guide.id"], name=op.f("fk_commission_claw_back_guide_id")),
        sa.ForeignKeyConstraint(
            ["refund_id"],
            ["order_refund.id"],
            name=op.f("fk_commission_claw_back_refund_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("commission_id", "refund_id", name=op.f("pk_commission_claw_back")),
    )
    op.create_index(
        op.f("ix_commission_claw_back_guide_id_at"), "commission_claw_back", ["guide_id", "at"], unique=False
    )
    op.create_table(
        "profit_share_part",
        sa.Column("share_id", sa.Uuid(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("is_person", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("returned_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('PROCESSING', 'SUCCEEDED', 'CLOSED')", name=op.f("ck_profit_share_part_outcome_is_known")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_profit_share_part_amount_is_positive")),
        sa.CheckConstraint(
            "returned_minor BETWEEN 0 AND amount_minor", name=op.f("ck_profit_share_part_no_more_comes_back_than_went")
        ),
        sa.ForeignKeyConstraint(["share_id"], ["profit_share.id"], name=op.f("fk_profit_share_part_share_id")),
        sa.PrimaryKeyConstraint("share_id", "account", name=op.f("pk_profit_share_part")),
    )
    op.create_table(
        "profit_share_return",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("share_id", sa.Uuid(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("refund_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state NOT IN ('FAILED', 'SUCCEEDED')) = (finished_at IS NULL)",
            name=op.f("ck_profit_share_return_final_has_a_time"),
        ),
        sa.CheckConstraint(
            "state IN ('REQUESTED', 'UNKNOWN', 'PROCESSING', 'SUCCEEDED', 'FAILED')",
            name=op.f("ck_profit_share_return_state_is_known"),
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_profit_share_return_amount_is_positive")),
        sa.ForeignKeyConstraint(["refund_id"], ["refund.id"], name=op.f("fk_profit_share_return_refund_id")),
        sa.ForeignKeyConstraint(["share_id"], ["profit_share.id"], name=op.f("fk_profit_share_return_share_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profit_share_return")),
    )
    op.create_index(
        "ix_profit_share_return_due",
        "profit_share_return",
        ["next_try_at"],
        unique=False,
        postgresql_where=sa.text("next_try_at IS NOT NULL"),
    )
    op.create_index(
        "ix_profit_share_return_open",
        "profit_share_return",
        ["refund_id"],
        unique=False,
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.create_index(op.f("ix_profit_share_return_share_id"), "profit_share_return", ["share_id"], unique=False)
    op.add_column("attribution", sa.Column("store_id", sa.Uuid(), nullable=True))
    op.add_column("attribution", sa.Column("binding_id", sa.Uuid(), nullable=True))
    op.add_column("attribution", sa.Column("explanation", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.create_foreign_key(op.f("fk_attribution_store_id"), "attribution", "org_unit", ["store_id"], ["id"])
    op.create_foreign_key(op.f("fk_attribution_binding_id"), "attribution", "binding", ["binding_id"], ["id"])
    op.add_column(
        "bargain_offer",
        sa.Column("goes_with", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    )
    op.add_column("binding", sa.Column("store_id", sa.Uuid(), nullable=True))
    op.add_column("binding", sa.Column("cause", sa.Text(), server_default=sa.text("'REGISTRATION'"), nullable=False))
    op.add_column("binding", sa.Column("previous_id", sa.Uuid(), nullable=True))
    op.add_column("binding", sa.Column("actor_id", sa.Uuid(), nullable=True))
    op.add_column("binding", sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.alter_column("binding", "guide_id", existing_type=sa.UUID(), nullable=True)
    op.alter_column("binding", "guide_member_id", existing_type=sa.UUID(), nullable=True)
    op.create_index(
        "ix_binding_expiring", "binding", ["expires_at"], unique=False, postgresql_where=sa.text("ended_at IS NULL")
    )
    op.create_index(op.f("ix_binding_store_id_id"), "binding", ["store_id", "id"], unique=False)
    op.create_foreign_key(op.f("fk_binding_store_id"), "binding", "org_unit", ["store_id"], ["id"])
    op.create_foreign_key(op.f("fk_binding_actor_id"), "binding", "member", ["actor_id"], ["id"])
    op.create_foreign_key(op.f("fk_binding_previous_id"), "binding", "binding", ["previous_id"], ["id"])
    op.add_column("commission", sa.Column("line_id", sa.Uuid(), nullable=True))
    op.add_column("commission", sa.Column("is_cut", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("commission", sa.Column("release_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("commission", sa.Column("released_at", sa.DateTime(timezone=True), nullable=True))
    op.alter_column("commission", "rate_bp", existing_type=sa.INTEGER(), nullable=True)
    op.drop_constraint(op.f("uq_commission_order_id_guide_id_level"), "commission", type_="unique")
    op.create_index(
        "ix_commission_due", "commission", ["release_at"], unique=False, postgresql_where=sa.text("state = 'FROZEN'")
    )
    op.create_index(
        "ix_commission_estimated",
        "commission",
        ["guide_id"],
        unique=False,
        postgresql_where=sa.text("state = 'ESTIMATED'"),
    )
    op.create_index(
        "ix_commission_held", "commission", ["guide_id"], unique=False, postgresql_where=sa.text("state = 'HELD'")
    )
    op.create_index(
        "ix_commission_released",
        "commission",
        ["guide_id", "released_at"],
        unique=False,
        postgresql_where=sa.text("released_at IS NOT NULL"),
    )
    op.create_index(
        "uq_commission_one_of_a_line",
        "commission",
        ["order_id", "line_id", "guide_id", "level"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_foreign_key(op.f("fk_commission_line_id"), "commission", "order_line", ["line_id"], ["id"])
    op.add_column(
        "group_buy", sa.Column("goes_with", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False)
    )
    op.add_column("group_buy", sa.Column("consolation_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_group_buy_consolation_id"), "group_buy", "coupon_template", ["consolation_id"], ["id"]
    )
    op.add_column("guide", sa.Column("inviter_id", sa.Uuid(), nullable=True))
    op.add_column("guide", sa.Column("tier_is_locked", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("guide", sa.Column("tier_reviewed_on", sa.Date(), nullable=True))
    op.create_index(op.f("ix_guide_inviter_id"), "guide", ["inviter_id"], unique=False)
    op.create_index(op.f("ix_guide_member_id_id"), "guide", ["member_id", "id"], unique=False)
    op.create_foreign_key(op.f("fk_guide_inviter_id"), "guide", "guide", ["inviter_id"], ["id"])
    op.add_column(
        "guide_tier", sa.Column("upgrade", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True)
    )
    op.add_column(
        "guide_tier", sa.Column("keep", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True)
    )
    op.add_column("guide_tier", sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False))
    op.alter_column("guide_tier", "rate_bp", existing_type=sa.INTEGER(), nullable=True)
    op.add_column(
        "ledger_account", sa.Column("recoverable", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column(
        "live_product",
        sa.Column("goes_with", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    )
    op.add_column("live_purchase", sa.Column("most", sa.Integer(), nullable=True))
    op.add_column("org_unit", sa.Column("ownership", sa.Text(), server_default=sa.text("'DIRECT'"), nullable=False))
    op.add_column(
        "points_offer",
        sa.Column("goes_with", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    )
    op.add_column("price_floor", sa.Column("place", sa.Integer(), nullable=True))
    op.create_unique_constraint(op.f("uq_price_floor_variant_id_place"), "price_floor", ["variant_id", "place"])
    op.add_column(
        "seckill", sa.Column("goes_with", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False)
    )
    op.add_column("share", sa.Column("depth", sa.Integer(), server_default=sa.text("1"), nullable=False))
    op.add_column(
        "share_visit",
        sa.Column("first_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    op.add_column("share_visit", sa.Column("carted_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("shipping_template", sa.Column("place", sa.Integer(), nullable=True))
    op.create_unique_constraint(op.f("uq_shipping_template_place"), "shipping_template", ["place"])
    op.add_column("stock_location", sa.Column("place", sa.Integer(), nullable=True))
    op.create_unique_constraint(op.f("uq_stock_location_place"), "stock_location", ["place"])
    for statement in AFTER_UPGRADE:
        op.execute(statement)


def downgrade() -> None:
    for statement in BEFORE_DOWNGRADE:
        op.execute(statement)
    op.drop_constraint(op.f("uq_stock_location_place"), "stock_location", type_="unique")
    op.drop_column("stock_location", "place")
    op.drop_constraint(op.f("uq_shipping_template_place"), "shipping_template", type_="unique")
    op.drop_column("shipping_template", "place")
    op.drop_column("share_visit", "carted_at")
    op.drop_column("share_visit", "first_at")
    op.drop_column("share", "depth")
    op.drop_column("seckill", "goes_with")
    op.drop_constraint(op.f("uq_price_floor_variant_id_place"), "price_floor", type_="unique")
    op.drop_column("price_floor", "place")
    op.drop_column("points_offer", "goes_with")
    op.drop_column("org_unit", "ownership")
    op.drop_column("live_purchase", "most")
    op.drop_column("live_product", "goes_with")
    op.drop_column("ledger_account", "recoverable")
    op.alter_column("guide_tier", "rate_bp", existing_type=sa.INTEGER(), nullable=False)
    op.drop_column("guide_tier", "version")
    op.drop_column("guide_tier", "keep")
    op.drop_column("guide_tier", "upgrade")
    op.drop_constraint(op.f("fk_guide_inviter_id"), "guide", type_="foreignkey")
    op.drop_index(op.f("ix_guide_member_id_id"), table_name="guide")
    op.drop_index(op.f("ix_guide_inviter_id"), table_name="guide")
    op.drop_column("guide", "tier_reviewed_on")
    op.drop_column("guide", "tier_is_locked")
    op.drop_column("guide", "inviter_id")
    op.drop_constraint(op.f("fk_group_buy_consolation_id"), "group_buy", type_="foreignkey")
    op.drop_column("group_buy", "consolation_id")
    op.drop_column("group_buy", "goes_with")
    op.drop_constraint(op.f("fk_commission_line_id"), "commission", type_="foreignkey")
    op.drop_index("uq_commission_one_of_a_line", table_name="commission", postgresql_nulls_not_distinct=True)
    op.drop_index(
        "ix_commission_released", table_name="commission", postgresql_where=sa.text("released_at IS NOT NULL")
    )
    op.drop_index("ix_commission_held", table_name="commission", postgresql_where=sa.text("state = 'HELD'"))
    op.drop_index("ix_commission_estimated", table_name="commission", postgresql_where=sa.text("state = 'ESTIMATED'"))
    op.drop_index("ix_commission_due", table_name="commission", postgresql_where=sa.text("state = 'FROZEN'"))
    op.create_unique_constraint(
        op.f("uq_commission_order_id_guide_id_level"),
        "commission",
        ["order_id", "guide_id", "level"],
        postgresql_nulls_not_distinct=False,
    )
    op.alter_column("commission", "rate_bp", existing_type=sa.INTEGER(), nullable=False)
    op.drop_column("commission", "released_at")
    op.drop_column("commission", "release_at")
    op.drop_column("commission", "is_cut")
    op.drop_column("commission", "line_id")
    op.drop_constraint(op.f("fk_binding_previous_id"), "binding", type_="foreignkey")
    op.drop_constraint(op.f("fk_binding_actor_id"), "binding", type_="foreignkey")
    op.drop_constraint(op.f("fk_binding_store_id"), "binding", type_="foreignkey")
    op.drop_index(op.f("ix_binding_store_id_id"), table_name="binding")
    op.drop_index("ix_binding_expiring", table_name="binding", postgresql_where=sa.text("ended_at IS NULL"))
    op.alter_column("binding", "guide_member_id", existing_type=sa.UUID(), nullable=False)
    op.alter_column("binding", "guide_id", existing_type=sa.UUID(), nullable=False)
    op.drop_column("binding", "reason")
    op.drop_column("binding", "actor_id")
    op.drop_column("binding", "previous_id")
    op.drop_column("binding", "cause")
    op.drop_column("binding", "store_id")
    op.drop_column("bargain_offer", "goes_with")
    op.drop_constraint(op.f("fk_attribution_binding_id"), "attribution", type_="foreignkey")
    op.drop_constraint(op.f("fk_attribution_store_id"), "attribution", type_="foreignkey")
    op.drop_column("attribution", "explanation")
    op.drop_column("attribution", "binding_id")
    op.drop_column("attribution", "store_id")
    op.drop_index(op.f("ix_profit_share_return_share_id"), table_name="profit_share_return")
    op.drop_index(
        "ix_profit_share_return_open", table_name="profit_share_return", postgresql_where=sa.text("finished_at IS NULL")
    )
    op.drop_index(
        "ix_profit_share_return_due",
        table_name="profit_share_return",
        postgresql_where=sa.text("next_try_at IS NOT NULL"),
    )
    op.drop_table("profit_share_return")
    op.drop_table("profit_share_part")
    op.drop_index(op.f("ix_commission_claw_back_guide_id_at"), table_name="commission_claw_back")
    op.drop_table("commission_claw_back")
    op.drop_index("ix_profit_sharing_open", table_name="profit_sharing", postgresql_where=sa.text("rest_at IS NULL"))
    op.drop_table("profit_sharing")
    op.drop_index(op.f("ix_profit_share_payment_id"), table_name="profit_share")
    op.drop_index("ix_profit_share_due", table_name="profit_share", postgresql_where=sa.text("next_try_at IS NOT NULL"))
    op.drop_table("profit_share")
    op.drop_table("store_fulfilment")
    op.drop_index("ix_store_flow_unbilled_final", table_name="store_flow", postgresql_where=sa.text("bill_id IS NULL"))
    op.drop_index("ix_store_flow_unbilled", table_name="store_flow", postgresql_where=sa.text("bill_id IS NULL"))
    op.drop_index("ix_store_flow_bill_id", table_name="store_flow", postgresql_where=sa.text("bill_id IS NOT NULL"))
    op.drop_table("store_flow")
    op.drop_index(op.f("ix_split_entry_department_id_day"), table_name="split_entry")
    op.drop_index(op.f("ix_split_entry_day"), table_name="split_entry")
    op.drop_table("split_entry")
    op.drop_index(op.f("ix_hook_order_hook_id_order_id"), table_name="hook_order")
    op.drop_table("hook_order")
    op.drop_index("uq_hook_code_own", table_name="hook_code", postgresql_where=sa.text("batch_id IS NULL"))
    op.drop_table("hook_code")
    op.drop_index("uq_handover_member_once", table_name="handover_member")
    op.drop_index(op.f("ix_handover_member_next_binding_id"), table_name="handover_member")
    op.drop_index(op.f("ix_handover_member_handover_id_id"), table_name="handover_member")
    op.drop_index(
        "ix_handover_member_going_on",
        table_name="handover_member",
        postgresql_where=sa.text("state IN ('WAITING', 'IN_PROGRESS')"),
    )
    op.drop_table("handover_member")
    op.drop_index("uq_bounty_one_of_a_member", table_name="bounty")
    op.drop_index("ix_bounty_of_order", table_name="bounty", postgresql_where=sa.text("order_id IS NOT NULL"))
    op.drop_index("ix_bounty_held", table_name="bounty", postgresql_where=sa.text("state = 'HELD'"))
    op.drop_index(op.f("ix_bounty_guide_id_id"), table_name="bounty")
    op.drop_index("ix_bounty_due", table_name="bounty", postgresql_where=sa.text("state = 'FROZEN'"))
    op.drop_table("bounty")
    op.drop_index(op.f("ix_assist_guide_id_order_id"), table_name="assist")
    op.drop_table("assist")
    op.drop_index("ix_task_evidence_waiting", table_name="task_evidence", postgresql_where=sa.text("state = 'WAITING'"))
    op.drop_index(op.f("ix_task_evidence_assignment_id_id"), table_name="task_evidence")
    op.drop_table("task_evidence")
    op.drop_table("split_share")
    op.drop_index(op.f("ix_share_day_target_id_day"), table_name="share_day")
    op.drop_index("ix_share_day_store_id_day", table_name="share_day", postgresql_where=sa.text("store_id IS NOT NULL"))
    op.drop_index(op.f("ix_share_day_sharer_member_id_day"), table_name="share_day")
    op.drop_index("ix_share_day_guide_id_day", table_name="share_day", postgresql_where=sa.text("guide_id IS NOT NULL"))
    op.drop_index(op.f("ix_share_day_day"), table_name="share_day")
    op.drop_index(op.f("ix_share_day_channel_day"), table_name="share_day")
    op.drop_table("share_day")
    op.drop_index(op.f("ix_settlement_bill_change_bill_id"), table_name="settlement_bill_change")
    op.drop_table("settlement_bill_change")
    op.drop_index("ix_hook_scan_member_id", table_name="hook_scan", postgresql_where=sa.text("member_id IS NOT NULL"))
    op.drop_table("hook_scan")
    op.drop_table("hook_gift")
    op.drop_index(op.f("ix_hook_day_day"), table_name="hook_day")
    op.drop_table("hook_day")
    op.drop_index(op.f("ix_hook_batch_hook_id_id"), table_name="hook_batch")
    op.drop_table("hook_batch")
    op.drop_index(op.f("ix_acquisition_hook_id_at"), table_name="acquisition")
    op.drop_index(op.f("ix_acquisition_channel_id_at"), table_name="acquisition")
    op.drop_table("acquisition")
    op.drop_index("uq_withdrawal_reference", table_name="withdrawal")
    op.drop_index(op.f("ix_withdrawal_state_id"), table_name="withdrawal")
    op.drop_index("ix_withdrawal_paid", table_name="withdrawal", postgresql_where=sa.text("state = 'PAID'"))
    op.drop_index(op.f("ix_withdrawal_member_id_id"), table_name="withdrawal")
    op.drop_index(op.f("ix_withdrawal_guide_id_id"), table_name="withdrawal")
    op.drop_index("ix_withdrawal_due", table_name="withdrawal", postgresql_where=sa.text("next_try_at IS NOT NULL"))
    op.drop_table("withdrawal")
    op.drop_index("uq_wecom_contact_once", table_name="wecom_contact")
    op.drop_index(op.f("ix_wecom_contact_unionid"), table_name="wecom_contact")
    op.drop_index(op.f("ix_wecom_contact_member_id"), table_name="wecom_contact")
    op.drop_index(op.f("ix_wecom_contact_guide_id_id"), table_name="wecom_contact")
    op.drop_index(op.f("ix_wecom_contact_external_userid"), table_name="wecom_contact")
    op.drop_table("wecom_contact")
    op.drop_index(op.f("ix_webhook_attempt_delivery_id_id"), table_name="webhook_attempt")
    op.drop_table("webhook_attempt")
    op.drop_index(
        "ix_task_assignment_unfinished",
        table_name="task_assignment",
        postgresql_where=sa.text("state IN ('TODO', 'DOING')"),
    )
    op.drop_index(op.f("ix_task_assignment_guide_id_id"), table_name="task_assignment")
    op.drop_table("task_assignment")
    op.drop_index(op.f("ix_store_day_place_id_day"), table_name="store_day")
    op.drop_table("store_day")
    op.drop_index(op.f("ix_store_buyer_unit_id_member_id_day"), table_name="store_buyer")
    op.drop_index(op.f("ix_store_buyer_place_id_day"), table_name="store_buyer")
    op.drop_table("store_buyer")
    op.drop_index(op.f("ix_split_rule_channel_id_id"), table_name="split_rule")
    op.drop_table("split_rule")
    op.drop_index(op.f("ix_settlement_bill_store_id_id"), table_name="settlement_bill")
    op.drop_index(op.f("ix_settlement_bill_state_id"), table_name="settlement_bill")
    op.drop_table("settlement_bill")
    op.drop_index(
        "uq_service_alert_one_unseen", table_name="service_alert", postgresql_where=sa.text("seen_at IS NULL")
    )
    op.drop_index(op.f("ix_service_alert_store_id"), table_name="service_alert")
    op.drop_index(op.f("ix_service_alert_guide_id_id"), table_name="service_alert")
    op.drop_table("service_alert")
    op.drop_index(op.f("ix_lead_entry_lead_id"), table_name="lead_entry")
    op.drop_table("lead_entry")
    op.drop_index(op.f("ix_hook_channel_id_id"), table_name="hook")
    op.drop_table("hook")
    op.drop_index(op.f("ix_handover_to_guide_id"), table_name="handover")
    op.drop_index(op.f("ix_handover_from_guide_id"), table_name="handover")
    op.drop_table("handover")
    op.drop_index(op.f("ix_guide_tier_change_guide_id_id"), table_name="guide_tier_change")
    op.drop_table("guide_tier_change")
    op.drop_index(op.f("ix_guide_deed_guide_id_metric_at"), table_name="guide_deed")
    op.drop_table("guide_deed")
    op.drop_index(op.f("ix_commission_contract_guide_id"), table_name="commission_contract")
    op.drop_table("commission_contract")
    op.drop_table("bounty_day")
    op.drop_index("uq_bonus_one_of_a_month", table_name="bonus")
    op.drop_index(op.f("ix_bonus_guide_id_id"), table_name="bonus")
    op.drop_table("bonus")
    op.drop_index(op.f("ix_board_score_guide_id"), table_name="board_score")
    op.drop_table("board_score")
    op.drop_table("withdrawal_day")
    op.drop_index(
        "ix_webhook_delivery_pending", table_name="webhook_delivery", postgresql_where=sa.text("state = 'PENDING'")
    )
    op.drop_index(op.f("ix_webhook_delivery_event_id"), table_name="webhook_delivery")
    op.drop_index(op.f("ix_webhook_delivery_endpoint_id_state_id"), table_name="webhook_delivery")
    op.drop_index(op.f("ix_webhook_delivery_endpoint_id_id"), table_name="webhook_delivery")
    op.drop_index(
        "ix_webhook_delivery_due", table_name="webhook_delivery", postgresql_where=sa.text("next_try_at IS NOT NULL")
    )
    op.drop_table("webhook_delivery")
    op.drop_table("settlement_profile")
    op.drop_table("payout_account")
    op.drop_index("uq_org_unit_place_open", table_name="org_unit_place", postgresql_where=sa.text("until IS NULL"))
    op.drop_index("ix_org_unit_place_units", table_name="org_unit_place", postgresql_using="gin")
    op.drop_index(op.f("ix_org_unit_place_unit_id_since"), table_name="org_unit_place")
    op.drop_table("org_unit_place")
    op.drop_index("uq_lead_open_phone", table_name="lead", postgresql_where=sa.text("state IN ('NEW', 'ASSIGNED')"))
    op.drop_index(op.f("ix_lead_state_id"), table_name="lead")
    op.drop_index("ix_lead_recover_at", table_name="lead", postgresql_where=sa.text("recover_at IS NOT NULL"))
    op.drop_index(op.f("ix_lead_member_id"), table_name="lead")
    op.drop_index("ix_lead_assignee_id", table_name="lead", postgresql_where=sa.text("assignee_id IS NOT NULL"))
    op.drop_table("lead")
    op.drop_index(op.f("ix_guide_task_unit_id_id"), table_name="guide_task")
    op.drop_index("ix_guide_task_to_issue", table_name="guide_task", postgresql_where=sa.text("state = 'SCHEDULED'"))
    op.drop_index("ix_guide_task_running", table_name="guide_task", postgresql_where=sa.text("state = 'RUNNING'"))
    op.drop_index("ix_guide_task_recurring", table_name="guide_task", postgresql_where=sa.text("next_at IS NOT NULL"))
    op.drop_table("guide_task")
    op.drop_index(op.f("ix_commission_rate_target_id"), table_name="commission_rate")
    op.drop_table("commission_rate")
    op.drop_index(op.f("ix_channel_kind_id"), table_name="channel")
    op.drop_index(op.f("ix_channel_department_id"), table_name="channel")
    op.drop_table("channel")
    op.drop_table("bonus_plan")
    op.drop_index("ix_webhook_event_at", table_name="webhook_event", postgresql_using="brin")
    op.drop_table("webhook_event")
    op.drop_table("webhook_endpoint")
    op.drop_table("projection")
    op.drop_index(op.f("ix_person_trace_member_id"), table_name="person_trace")
    op.drop_table("person_trace")
    op.drop_table("department")
    op.drop_table("bounty_rule")
    for statement in AFTER_DOWNGRADE:
        op.execute(statement)
