"""Forgetting: deleting what is old from tables that only grow, in steps that keep nobody waiting."""

from __future__ import annotations

from sqlalchemy import Column, ColumnElement, DateTime, Table, bindparam, delete, literal_column, select, tuple_

from db.statements import Statement, once, prepared

FORGOTTEN_AT_ONCE = 5_000


def forgetting(table: Table, moment: Column[object], *conditions: ColumnElement[bool]) -> Statement:
    """Delete some thousand rows at most from before a time, for which the conditions hold too.

    Rows that another process deletes or changes at the time are left to it.
    """
    key = list(table.primary_key)
    old = (
        select(*key)
        .where(moment < bindparam("before", type_=DateTime(timezone=True)), *conditions)
        .limit(literal_column(str(FORGOTTEN_AT_ONCE)))
        .with_for_update(skip_locked=True)
    )
    return prepared(delete(table).where(tuple_(*key).in_(once(old, "old"))))
