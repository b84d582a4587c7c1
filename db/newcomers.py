"""Newcomers: who had an offer for new customers, by account and by every trace of the person (R47).

Traces are hashed by the database here, as `domain.memberships.traces_of` does it, so that no price costs a statement
more for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    LargeBinary,
    Table,
    Text,
    Uuid,
    and_,
    bindparam,
    cast,
    column,
    exists,
    func,
    literal_column,
    or_,
    select,
    true,
    union,
)

from db.connection import Reading
from db.members import member, member_identity
from db.metadata import UUIDS, metadata
from db.order_tables import order
from db.person_traces import person_trace
from db.statements import prepared
from domain.memberships import pads_of
from domain.records import record

newcomer_use = Table(
    "newcomer_use",
    metadata,
    Column("member_id", Uuid(), primary_key=True),
    Column("order_id", Uuid(), nullable=False, unique=True),
)
"""The order in which a member had an offer for new customers: there is one in a life."""

newcomer_trace = Table(
    "newcomer_trace",
    metadata,
    Column("trace", LargeBinary(), primary_key=True),
    # No foreign key: traces outlive the account.
    Column("order_id", Uuid(), nullable=False, index=True),
)
"""What the person of such an order was known by: no other account of theirs has another."""


@record
class Person:
    """What a person is known by, and whether any of it was left by somebody who is not new any more."""

    traces: Sequence[bytes]
    is_known: bool


def _word(text: str) -> ColumnElement[str]:
    return literal_column(f"'{text}'", Text())


def _traces(member_id: Any) -> Any:
    """What the member of a row is known by, a row for each trace."""
    by, given = member_identity.c, member_id.table
    parts = (
        select(
            func.concat(_word("member:"), func.replace(cast(member_id, Text()), _word("-"), _word(""))).label("name")
        ),
        select(_word("phone:") + member.c.phone).where(member.c.id == member_id),
        select(func.concat_ws(_word(":"), by.provider, by.app_id, by.openid)).where(by.member_id == member_id),
        select(_word("unionid:") + by.unionid).where(by.member_id == member_id),
    )
    names = union(*(part.correlate(given) for part in parts)).subquery("names")
    inner, outer = (bindparam(f"{which}_pad", type_=LargeBinary()) for which in ("inner", "outer"))
    hashed = func.sha256(inner.op("||")(func.convert_to(names.c.name, _word("UTF8"))))
    trace: ColumnElement[bytes] = func.sha256(outer.op("||")(hashed), type_=LargeBinary())
    return select(trace.label("trace")).where(names.c.name.is_not(None)).correlate(given).lateral("left_by")


def _has_bought(member_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Whether a member has a paid order that was not wholly refunded."""
    return exists().where(
        order.c.member_id == member_id, order.c.paid_at.is_not(None), order.c.state != literal_column("'REFUNDED'")
    )


def _has_had(member_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Whether a member had an offer for new customers."""
    return exists().where(newcomer_use.c.member_id == member_id)


def _is_known(trace: ColumnElement[bytes]) -> ColumnElement[bool]:
    """Whether a trace was left by somebody who is not new any more."""
    first = person_trace.c.member_id
    return or_(
        exists().where(newcomer_trace.c.trace == trace),
        exists().where(person_trace.c.trace == trace, or_(_has_had(first), _has_bought(first))),
    )


def is_newcomer(member_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Whether the person of the member of a row has no paid order that was not wholly refunded, nor had an offer.

    Who has left such traces under another account is looked up last. `pads` has the values that it asks for.
    """
    left = _traces(member_id)
    return and_(
        ~_has_had(member_id), ~_has_bought(member_id), ~select(left.c.trace).where(_is_known(left.c.trace)).exists()
    )


def pads(salt: str) -> dict[str, Any]:
    """The values of statements that look for traces."""
    return dict(zip(("inner_pad", "outer_pad"), pads_of(salt), strict=True))


_asked = func.unnest(bindparam("members", type_=UUIDS)).table_valued(column("id", Uuid())).render_derived(name="asked")
_left = _traces(_asked.c.id)
_PERSONS = prepared(
    select(_asked.c.id, func.array_agg(_left.c.trace), func.bool_or(_is_known(_left.c.trace)))
    .select_from(_asked.join(_left, true()))
    .group_by(_asked.c.id)
)


async def persons(reading: Reading, salt: str, member_ids: Sequence[UUID]) -> dict[UUID, Person]:
    """The persons behind some members."""
    rows = await reading.rows(_PERSONS, members=list(member_ids), **pads(salt))
    return {id_: Person(traces, is_known) for id_, traces, is_known in rows}
