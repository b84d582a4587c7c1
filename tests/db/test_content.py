"""The statements of content: lists that are whole, in order, and read through an index."""

from __future__ import annotations

import asyncio
import random

import asyncpg
import pytest

import db.comments
import db.posts
from db.statements import Statement
from domain.comments import Comment
from domain.content import Post, Reader
from domain.pages import Page, PageRequest, position_at
from tests.makers_content import a_comment, a_post
from tests.makers_members import a_member
from tests.pond import Pond

ANYONE = Reader()
LISTED = db.posts._LISTING
STATEMENTS: dict[str, Statement] = {
    "threads of posts": db.comments._THREADS._statement(True, False),
    "threads of posts, further on": db.comments._THREADS._statement(True, True),
    "replies of threads": db.comments._REPLIES._statement(False, True),
    "how many threads": db.comments._THREADS._count,
    "comments that wait": db.comments._LISTING._page_statement(("eq", "state"), "id", True, False),
    "a thread to remove": db.comments._REMOVE,
    "posts by time": LISTED._page_statement(("AND",), "PUBLISHED", True, True),
    "posts by likes": LISTED._page_statement(("AND",), "LIKES", True, True),
    "posts of a purpose": LISTED._page_statement(("eq", "purpose"), "PUBLISHED", True, False),
    "posts about a product": LISTED._page_statement(("eq", "productId"), "PUBLISHED", True, False),
    "posts by id": db.posts._BY_ID,
    "what a member likes": db.posts._LIKED,
    "the life of posts": db.posts._CHANGES,
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


class TestThreads:
    @pytest.fixture
    async def posts(self, pond: Pond) -> list[Post]:
        """Two posts with comments of several members, some of them pinned."""
        made = [await a_post(pond) for _ in range(2)]
        chance = random.Random(7)
        for post in made:
            for i in range(7):
                comment = await a_comment(pond, post, await a_member(pond), f"第 {i} 条")
                async with pond.database.writing() as tx:
                    await db.comments.pin(tx, comment.id, pinned=chance.random() < 0.4)
        return made

    @pytest.mark.parametrize("size", [1, 2, 3, 7])
    @pytest.mark.parametrize("backward", [False, True])
    async def test_are_walked_whole_and_in_order_for_each_post(
        self, pond: Pond, posts: list[Post], size: int, *, backward: bool
    ) -> None:
        for post in posts:
            wanted = await self._all(pond, post)

            assert await self._walk(pond, post, size, backward=backward) == wanted
            assert [(c.pinned, c.id) for c in wanted] == sorted(((c.pinned, c.id) for c in wanted), reverse=True)

    async def test_of_several_posts_are_the_same_as_of_each(self, pond: Pond, posts: list[Post]) -> None:
        reading = pond.database.reading()
        ids = [post.id for post in reversed(posts)]

        together = await db.comments.threads_of(reading, ANYONE, ids, PageRequest(3))
        apart = [(await db.comments.threads_of(reading, ANYONE, [id_], PageRequest(3)))[0] for id_ in ids]
        counts = await asyncio.gather(*(page.count() for page in together if page.count))

        assert [page.nodes for page in together] == [page.nodes for page in apart]
        assert [count.value for count in counts] == [7, 7]

    async def _all(self, pond: Pond, post: Post) -> list[Comment]:
        (page,) = await db.comments.threads_of(pond.database.reading(), ANYONE, [post.id], PageRequest(100))
        return page.nodes

    async def _walk(self, pond: Pond, post: Post, size: int, *, backward: bool) -> list[Comment]:
        found: list[Comment] = []
        request = PageRequest(size, backward)
        for _ in range(10):
            page: Page[Comment]
            (page,) = await db.comments.threads_of(pond.database.reading(), ANYONE, [post.id], request)
            found = page.nodes + found if backward else found + page.nodes
            info = page.page_info
            cursor = info.start_cursor if backward else info.end_cursor
            if not (info.has_previous_page if backward else info.has_next_page):
                return found
            request = PageRequest(size, backward, position_at(cursor or ""))
        raise AssertionError("the list does not end")
