"""The tests' own databases: what one test leaves is nothing to the next."""

from __future__ import annotations

from tests.databases import Databases, administer


async def test_a_copy_comes_back_as_the_template_is(databases: Databases) -> None:
    async with databases.one() as first:
        await administer(first, "DELETE FROM guide_tier")
        await administer(first, "INSERT INTO gift VALUES (gen_random_uuid(), 'rose', '玫瑰', '/rose.svg', 1)")

    async with databases.one() as second:
        await administer(second, "DO $$ BEGIN ASSERT (SELECT count(*) = 0 FROM gift); END $$")
        await administer(second, "DO $$ BEGIN ASSERT (SELECT count(*) > 0 FROM guide_tier); END $$")
    assert second == first


async def test_a_copy_whose_tables_changed_is_given_to_nobody(databases: Databases) -> None:
    async with databases.one() as first:
        await administer(first, "ALTER TABLE gift DROP CONSTRAINT uq_gift_code")

    async with databases.one() as second:
        assert second != first
