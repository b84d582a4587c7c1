"""Deeds, boards, tasks and service: what grows is read through an index."""

from __future__ import annotations

import asyncpg
import pytest

import db.assignment_lists
import db.assignments
import db.boards
import db.deeds
import db.service_figures
from db.statements import Statement
from domain.assignments import CompletionBy
from domain.boards import Ranked

STATEMENTS: dict[str, Statement] = {
    "what was known of deeds": db.deeds._BEFORE,
    "how often somebody did something": db.assignments._COUNT,
    "a board of guides": db.boards._RANKINGS[Ranked.GUIDES],
    "a board of stores": db.boards._RANKINGS[Ranked.STORES],
    "what guides have to do": db.assignments._LOCK_COUNTED,
    "a guide's tasks": db.assignment_lists._CURRENT,
    "how far everybody is": db.assignment_lists._COMPLETIONS[CompletionBy.GUIDE]._page_statement(
        ("AND",), "id", False, False
    ),
    "figures of guides": db.service_figures._OF_GUIDES,
}


@pytest.mark.parametrize("name", STATEMENTS)
async def test_nothing_is_read_without_an_index(dsn: str, name: str) -> None:
    connection = await asyncpg.connect(dsn)
    statement = STATEMENTS[name]
    nulls = ", ".join(["NULL"] * len(statement._names))

    await connection.execute("SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan")
    await connection.execute(f"PREPARE it AS {statement.text}")
    plan = await connection.fetch(f"EXPLAIN EXECUTE it({nulls})")
    await connection.close()

    assert not [line[0] for line in plan if "Seq Scan" in line[0]]
