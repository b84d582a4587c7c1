"""What several slices ask together is one statement, and each gets its rows as if it had asked alone."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ARRAY, Select, literal_column, select
from sqlalchemy.dialects import postgresql

import app.assembly  # noqa: F401  all tables
from db.connection import Database, Reading
from db.metadata import metadata
from db.statements import prepared
from db.together import together
from tests.pond import statements

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]
_ARRAYS = {
    column.type.compile(_DIALECT)
    for table in metadata.tables.values()
    for column in table.c
    if isinstance(column.type, ARRAY)
}


def _asking(query: Select[Any]) -> Any:
    statement = prepared(query)

    async def ask(reading: Reading) -> list[dict[str, Any]]:
        return [{name: row[name] for name in statement.columns} for row in await reading.rows(statement)]

    return ask


async def test_rows_with_every_kind_of_array_that_we_keep_come_together_over_a_new_connection(dsn: str) -> None:
    assert {"TEXT[]", "UUID[]"} <= _ARRAYS
    empty = [literal_column(f"'{{}}'::{kind}").label(f"a{i}") for i, kind in enumerate(sorted(_ARRAYS))]
    places, nothing = literal_column("ARRAY[1, 2]").label("places"), literal_column("NULL::jsonb").label("nothing")
    database = await Database.connect(dsn, most_connections=1)
    try:
        first, second = await together(database.reading(), _asking(select(*empty)), _asking(select(places, nothing)))
    finally:
        await database.close()

    assert first == [{one.name: [] for one in empty}]
    assert second == [{"places": [1, 2], "nothing": None}]


async def test_who_is_asked_together_with_others_may_ask_several_together(dsn: str) -> None:
    one, other = (_asking(select(literal_column(f"ARRAY[{n}]").label("found"))) for n in (1, 2))
    database = await Database.connect(dsn, most_connections=1)
    try:
        with statements() as log:
            found = await together(database.reading(), lambda reading: together(reading, one, other), one)
    finally:
        await database.close()

    assert found == [[[{"found": [1]}], [{"found": [2]}]], [{"found": [1]}]]
    assert len(log) == 1
