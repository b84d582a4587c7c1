"""Gift cards: batches, and cards of which only a hash of the code is kept. What a card holds stands in the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    any_,
    bindparam,
    column,
    func,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert

from db.connection import Reading, Row, Writing
from db.ledger import ledger_account
from db.listing import Listing
from db.metadata import UUIDS, amount, key, metadata, moment, refers_to, words
from db.statements import prepared
from domain.gift_cards import GiftCard, GiftCardBalance, GiftCardBatch
from domain.money import Money
from domain.pages import Page, PageRequest

gift_card_batch = Table(
    "gift_card_batch",
    metadata,
    key(),
    amount("face_minor"),
    words("currency"),
    Column("count", Integer(), nullable=False),
    words("note"),
    moment("created_at"),
    moment("expires_at"),
    moment("activated_at", optional=True),
    moment("voided_at", optional=True),
    CheckConstraint("face_minor > 0", name="face_is_positive"),
    CheckConstraint("count > 0", name="count_is_positive"),
)

gift_card = Table(
    "gift_card",
    metadata,
    key(),
    refers_to("gift_card_batch", "batch_id", index=True),
    Column("code_hash", LargeBinary(), nullable=False, unique=True),
    words("tail"),
    amount("face_minor"),
    words("currency"),
    refers_to("member", "member_id", optional=True),
    moment("bound_at", optional=True),
    moment("expires_at"),
    moment("emptied_at", optional=True),
    CheckConstraint("(member_id IS NULL) = (bound_at IS NULL)", name="bound_by_somebody"),
    Index("ix_gift_card_member_id", "member_id", "id", postgresql_where=text("member_id IS NOT NULL")),
    Index(
        "ix_gift_card_expiring",
        "expires_at",
        postgresql_where=text("member_id IS NOT NULL AND emptied_at IS NULL"),
    ),
)

_at = bindparam("at", type_=DateTime(timezone=True))
_BATCH_COLUMNS = tuple(gift_card_batch.c)
_CARD_COLUMNS = tuple(
    gift_card.c[name] for name in ("id", "member_id", "face_minor", "currency", "tail", "bound_at", "expires_at")
)
_ADD_BATCH = prepared(insert(gift_card_batch).values({c.name: bindparam(c.name, type_=c.type) for c in _BATCH_COLUMNS}))
_cards = (
    func.unnest(
        bindparam("ids", type_=UUIDS),
        bindparam("hashes", type_=ARRAY(LargeBinary())),
        bindparam("tails", type_=ARRAY(Text())),
    )
    .table_valued(column("id", Uuid()), column("code_hash", LargeBinary()), column("tail", Text()))
    .render_derived(name="cards")
)
_ADD_CARDS = prepared(
    insert(gift_card).from_select(
        ["id", "code_hash", "tail", "batch_id", "face_minor", "currency", "expires_at"],
        select(
            *_cards.c,
            gift_card_batch.c.id,
            gift_card_batch.c.face_minor,
            gift_card_batch.c.currency,
            gift_card_batch.c.expires_at,
        ).where(gift_card_batch.c.id == bindparam("batch_id", type_=Uuid())),
    )
)
_of_batch = gift_card_batch.c.id == bindparam("of_batch", type_=Uuid())
_ACTIVATE = prepared(
    update(gift_card_batch)
    .where(_of_batch, gift_card_batch.c.activated_at.is_(None), gift_card_batch.c.voided_at.is_(None))
    .values(activated_at=_at)
    .returning(*_BATCH_COLUMNS)
)
_VOID = prepared(
    update(gift_card_batch)
    .where(_of_batch, gift_card_batch.c.voided_at.is_(None))
    .values(voided_at=_at)
    .returning(*_BATCH_COLUMNS)
)
_BIND = prepared(
    update(gift_card)
    .where(
        gift_card.c.code_hash == bindparam("code_hash", type_=LargeBinary()),
        gift_card.c.member_id.is_(None),
        gift_card.c.expires_at > _at,
        gift_card_batch.c.id == gift_card.c.batch_id,
        gift_card_batch.c.activated_at.is_not(None),
        gift_card_batch.c.voided_at.is_(None),
    )
    .values(member_id=bindparam("of_member", type_=Uuid()), bound_at=_at)
    .returning(*_CARD_COLUMNS)
)
_LOCK = prepared(
    select(*_CARD_COLUMNS).where(gift_card.c.id == bindparam("card_id", type_=Uuid())).with_for_update(key_share=True)
)
_OF_MEMBERS = prepared(
    select(*_CARD_COLUMNS, ledger_account.c.balance_minor)
    .select_from(
        gift_card.outerjoin(
            ledger_account,
            ledger_account.c.code == func.concat("gift_card:", func.replace(gift_card.c.id.cast(Text()), "-", "")),
        )
    )
    .where(gift_card.c.member_id == any_(bindparam("members", type_=UUIDS)))
    .order_by(gift_card.c.member_id, gift_card.c.id)
)
_PROLONG = prepared(
    update(gift_card)
    .where(gift_card.c.id == bindparam("of_card", type_=Uuid()))
    .values(
        expires_at=func.greatest(gift_card.c.expires_at, bindparam("least", type_=DateTime(timezone=True))),
        emptied_at=None,
    )
)
_NEXT_EXPIRED = prepared(
    select(*_CARD_COLUMNS)
    .where(gift_card.c.expires_at <= _at, gift_card.c.member_id.is_not(None), gift_card.c.emptied_at.is_(None))
    .order_by(gift_card.c.expires_at)
    .limit(literal_column("1"))
    .with_for_update(key_share=True, skip_locked=True)
)
_EMPTY = prepared(update(gift_card).where(gift_card.c.id == bindparam("of_card", type_=Uuid())).values(emptied_at=_at))


def _batch(row: Row) -> GiftCardBatch:
    id_, minor, currency, *rest = row[:9]
    return GiftCardBatch(id_, Money(minor, currency), *rest)


def _card(row: Row) -> GiftCard:
    id_, member_id, minor, currency, *rest = row
    return GiftCard(id_, member_id, Money(minor, currency), *rest)


async def add_batch(tx: Writing, batch: GiftCardBatch, cards: Sequence[tuple[UUID, bytes, str]]) -> None:
    """Keep a batch and its cards: for each an id, the hash of its code, and the last four characters."""
    values = {c.name: getattr(batch, c.name, None) for c in _BATCH_COLUMNS}
    await tx.execute(_ADD_BATCH, **values | {"face_minor": batch.face.minor, "currency": batch.face.currency})
    ids, hashes, tails = (list(values) for values in zip(*cards, strict=True))
    await tx.execute(_ADD_CARDS, ids=ids, hashes=hashes, tails=tails, batch_id=batch.id)


async def activate(tx: Writing, batch_id: UUID, at: datetime) -> GiftCardBatch | None:
    """From now on its cards can be bound; None when there is no batch that waits for it."""
    row = await tx.row(_ACTIVATE, of_batch=batch_id, at=at)
    return None if row is None else _batch(row)


async def void(tx: Writing, batch_id: UUID, at: datetime) -> GiftCardBatch | None:
    """From now on its cards can no more be bound; None when that is so already."""
    row = await tx.row(_VOID, of_batch=batch_id, at=at)
    return None if row is None else _batch(row)


_BATCHES = Listing(select(*_BATCH_COLUMNS), _batch, id=gift_card_batch.c.id)


async def batches(reading: Reading, request: PageRequest) -> Page[GiftCardBatch]:
    """All batches, the latest first."""
    return await _BATCHES.page(reading, request, descending=True)


async def bind(tx: Writing, code_hash: bytes, member_id: UUID, at: datetime) -> GiftCard | None:
    """Give a card to who has its code, once; None for any other code."""
    row = await tx.row(_BIND, code_hash=code_hash, of_member=member_id, at=at)
    return None if row is None else _card(row)


async def lock(tx: Writing, card_id: UUID) -> GiftCard | None:
    """A card that somebody has bound, kept from other changes until the transaction ends."""
    row = await tx.row(_LOCK, card_id=card_id)
    return None if row is None or row["member_id"] is None else _card(row)


async def cards_of(reading: Reading, member_ids: Sequence[UUID], at: datetime) -> dict[UUID, list[GiftCardBalance]]:
    """The cards of each member with what they hold, in the order in which they were printed."""
    found: dict[UUID, list[GiftCardBalance]] = {}
    for *row, balance in await reading.rows(_OF_MEMBERS, members=list(member_ids)):
        card = _card(row)
        left = balance or 0 if card.expires_at > at else 0
        found.setdefault(card.member_id, []).append(GiftCardBalance(card, Money(left, card.face.currency)))
    return found


async def prolong(tx: Writing, card_id: UUID, least: datetime) -> None:
    """Let a card be good until then at least."""
    await tx.execute(_PROLONG, of_card=card_id, least=least)


async def lock_next_expired(tx: Writing, at: datetime) -> GiftCard | None:
    """A card that has expired and was not emptied yet, locked; None when there is none that nobody else holds."""
    row = await tx.row(_NEXT_EXPIRED, at=at)
    return None if row is None else _card(row)


async def empty(tx: Writing, card_id: UUID, at: datetime) -> None:
    """Note that nothing is left on an expired card."""
    await tx.execute(_EMPTY, of_card=card_id, at=at)
