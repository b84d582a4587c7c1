"""Posts and comments as clients see them: who sees what, who does what, and counters that are true."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

import resolvers.comments
import resolvers.content
from domain.catalogue import ProductVisibility
from domain.content import (
    Audio,
    Heading,
    Html,
    Image,
    Paragraph,
    Post,
    PostAction,
    PostGenre,
    PostKind,
    PostState,
    ProductMention,
    Video,
)
from domain.identity import VISITOR, Principal, Role
from domain.moderation import Moderation
from domain.refusals import NotFound, StaleVersion
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_product
from tests.makers_content import a_comment, a_draft, a_post
from tests.makers_guides import a_guide
from tests.makers_members import a_member, a_store, staff
from tests.pond import Pond, statements

SAVE = """mutation($input: PostSaveInput!) { postSave(input: $input) {
    post { id title state version author { nickname } store { id } } userErrors { code path } } }"""
ADD = """mutation($post: ID!, $text: String!, $parent: ID) { commentAdd(input: {postId: $post, text: $text, parentId: $parent}) {
    comment { id text state parentId answers { nickname } } warnings { code } userErrors { code path } } }"""
AN_ARTICLE: dict[str, Any] = {
    "kind": "ARTICLE",
    "purpose": "SHOPPING",
    "genre": "SELLING_POINT",
    "title": "四件套怎么选",
    "blocks": [{"paragraph": {"text": "先看材质。"}}],
}


def the_id(post: Post) -> str:
    return id_of(Kind.POST, post.id)


async def counted(pond: Pond) -> list[tuple[int, int, int, int]]:
    """For each post: its two counters, and how many likes and approved comments there really are."""
    async with pond.database.writing() as tx:
        rows = await tx._connection.fetch(
            """SELECT like_count, comment_count,
                (SELECT count(*) FROM post_like WHERE post_id = post.id),
                (SELECT count(*) FROM comment WHERE post_id = post.id AND state = 'APPROVED') FROM post ORDER BY id"""
        )
    return [tuple(row) for row in rows]


class TestWhoSeesAPost:
    @pytest.mark.parametrize(
        ("who", "state", "seen"),
        [
            pytest.param("visitor", PostState.PUBLISHED, True, id="a visitor sees what is published"),
            pytest.param("visitor", PostState.DRAFT, False, id="a visitor sees no draft"),
            pytest.param("visitor", PostState.HIDDEN, False, id="a visitor sees nothing hidden"),
            pytest.param("member", PostState.REVIEWING, False, id="a member sees nothing that waits"),
            pytest.param("author", PostState.DRAFT, True, id="an author sees their own draft"),
            pytest.param("staff", PostState.ARCHIVED, True, id="staff see everything"),
        ],
    )
    async def test_on_every_way(self, pond: Pond, who: str, state: PostState, *, seen: bool) -> None:
        callers = {
            "visitor": VISITOR,
            "member": await a_member(pond, "Bo"),
            "author": await a_guide(pond),
            "staff": await staff(pond, Role.FINANCE),
        }
        made = await a_post(pond, by=callers["author"], published=False)
        steps = {
            PostState.REVIEWING: [PostAction.SUBMIT],
            PostState.PUBLISHED: [PostAction.PUBLISH],
            PostState.HIDDEN: [PostAction.PUBLISH, PostAction.HIDE],
            PostState.ARCHIVED: [PostAction.ARCHIVE],
        }
        for step in steps.get(state, []):
            await resolvers.content.move(pond.context(callers["author"]), made.id, step)

        answer = await pond.ask(
            """query($id: ID!) { post(id: $id) { state } node(id: $id) { ... on Post { state } }
                posts(first: 5) { nodes { state } totalCount { value } } }""",
            callers[who],
            id=the_id(made),
        )

        it = {"state": state.value}
        assert answer["post"] == answer["node"] == (it if seen else None)
        assert answer["posts"] == {"nodes": [it] * seen, "totalCount": {"value": int(seen)}}

    async def test_products_for_members_stay_hidden_from_visitors(self, pond: Pond) -> None:
        public = await a_product(pond, "公开款")
        private = await a_product(pond, "会员款", visibility=ProductVisibility.MEMBERS)
        made = await a_post(pond, product_ids=[private.id, public.id], blocks=[ProductMention(private.id)])
        document = """query($id: ID!) { post(id: $id) {
            products { name } blocks { ... on ProductBlock { product { name } } } } }"""

        seen_by_visitor = await pond.ask(document, id=the_id(made))
        seen_by_member = await pond.ask(document, await a_member(pond), id=the_id(made))

        assert seen_by_visitor["post"] == {"products": [{"name": "公开款"}], "blocks": [{"product": None}]}
        assert seen_by_member["post"] == {
            "products": [{"name": "会员款"}, {"name": "公开款"}],
            "blocks": [{"product": {"name": "会员款"}}],
        }


class TestAPost:
    async def test_is_made_of_blocks(self, pond: Pond) -> None:
        blocks = [
            Heading("材质", 2),
            Paragraph("纯棉\n最好"),
            Image("https://a.example/a.jpg", "灯", "一盏灯"),
            Video("https://a.example/v.mp4"),
            Audio("https://a.example/a.mp3", "访谈"),
            Html("<p onclick='x'>好</p><script>x</script>"),
        ]
        made = await a_post(pond, blocks=blocks)

        answer = await pond.ask(
            """query($id: ID!) { post(id: $id) { blocks { __typename
                ... on HeadingBlock { text level } ... on ParagraphBlock { text } ... on ImageBlock { url alt caption }
                ... on VideoBlock { url coverUrl } ... on AudioBlock { url title } ... on HtmlBlock { html } } } }""",
            id=the_id(made),
        )

        assert answer["post"]["blocks"] == [
            {"__typename": "HeadingBlock", "text": "材质", "level": 2},
            {"__typename": "ParagraphBlock", "text": "纯棉\n最好"},
            {"__typename": "ImageBlock", "url": "https://a.example/a.jpg", "alt": "灯", "caption": "一盏灯"},
            {"__typename": "VideoBlock", "url": "https://a.example/v.mp4", "coverUrl": None},
            {"__typename": "AudioBlock", "url": "https://a.example/a.mp3", "title": "访谈"},
            {"__typename": "HtmlBlock", "html": "<p>好</p>"},
        ]

    async def test_is_saved_with_every_kind_of_block_and_its_store(self, pond: Pond) -> None:
        product = await a_product(pond)
        blocks = [
            {"heading": {"text": "题"}},
            {"image": {"url": "/a.jpg"}},
            {"video": {"url": "/v.mp4", "coverUrl": "/c.jpg"}},
            {"audio": {"url": "/a.mp3"}},
            {"html": {"html": "<b>好</b>"}},
            {"product": {"productId": id_of(Kind.PRODUCT, product.id)}},
        ]
        store = id_of(Kind.STORE, await a_store(pond, "静安店"))

        saved = await pond.ask(
            """mutation($input: PostSaveInput!) { postSave(input: $input) { userErrors { code }
                post { store { name } blocks { __typename } products { name } } } }""",
            await staff(pond, Role.CONTENT),
            input=AN_ARTICLE | {"blocks": blocks, "storeId": store},
        )

        assert saved["postSave"]["userErrors"] == []
        assert saved["postSave"]["post"]["store"] == {"name": "静安店"}
        assert len(saved["postSave"]["post"]["blocks"]) == 6
        assert saved["postSave"]["post"]["products"] == [{"name": "纯棉四件套"}]

    async def test_of_two_kinds_of_block_at_once_is_no_block(self, pond: Pond) -> None:
        both = {"paragraph": {"text": "a"}, "heading": {"text": "b"}}

        result = await pond.execute(SAVE, await staff(pond, Role.CONTENT), input=AN_ARTICLE | {"blocks": [both]})

        assert result.errors

    async def test_again_without_a_change_stays_at_its_version(self, pond: Pond) -> None:
        ctx = pond.context()
        draft = a_draft(external_reference="cms-1", blocks=[Html("<p>好</p>")])
        first = await resolvers.content.save(ctx, draft)
        pond.later(hours=1)

        assert await resolvers.content.save(ctx, draft) == first
        changed = await resolvers.content.save(ctx, replace(draft, title="另一个标题"), expected_version=1)
        assert (changed.id, changed.version) == (first.id, 2)
        with pytest.raises(StaleVersion):
            await resolvers.content.save(ctx, draft, expected_version=1)

    @pytest.mark.parametrize(
        ("change", "path"),
        [
            ({"productIds": ["prd_" + "0" * 32]}, "productIds"),
            ({"storeId": "sto_" + "0" * 32}, "storeId"),
            ({"postId": "pst_" + "0" * 32}, "postId"),
            ({"postId": "x"}, "postId"),
        ],
    )
    async def test_refuses_ids_of_what_there_is_not(self, pond: Pond, change: Any, path: str) -> None:
        errors = await pond.refused(SAVE, await staff(pond, Role.CONTENT), input=AN_ARTICLE | change)

        assert errors == [{"code": "NOT_FOUND", "path": ["input", path]}]


class TestTheWayOfAPost:
    async def test_of_a_guide_goes_through_review(self, pond: Pond) -> None:
        guide, editor = await a_guide(pond), await staff(pond, Role.CONTENT)
        saved = (await pond.ask(SAVE, guide, input=AN_ARTICLE))["postSave"]["post"]
        move = """mutation($id: ID!, $version: Int) { %s(input: {postId: $id, expectedVersion: $version, reason: "好"}) {
            post { state } userErrors { code } } }"""

        states = [
            (await pond.ask(move % name, caller, id=saved["id"]))[name]["post"]["state"]
            for name, caller in (
                ("postSubmit", guide),
                ("postPublish", editor),
                ("postHide", editor),
                ("postPublish", editor),
                ("postArchive", editor),
            )
        ]

        assert saved["store"] is not None
        assert saved["author"] == {"nickname": "Xiao Wang"}
        assert states == ["REVIEWING", "PUBLISHED", "HIDDEN", "PUBLISHED", "ARCHIVED"]
        again = await pond.refused(move % "postPublish", editor, id=saved["id"])
        stale = await pond.refused(move % "postHide", editor, id=saved["id"], version=1)
        log = await pond.ask(
            "query($id: ID!) { post(id: $id) { publishedAt stateChanges { fromState toState reason actorId } } }",
            editor,
            id=saved["id"],
        )
        assert again == [{"code": "INVALID_STATE"}]
        assert stale == [{"code": "STALE_VERSION"}]
        assert [change["toState"] for change in log["post"]["stateChanges"]] == states
        assert log["post"]["stateChanges"][0] == {
            "fromState": "DRAFT",
            "toState": "REVIEWING",
            "reason": "好",
            "actorId": id_of(Kind.MEMBER, guide.member_id),
        }

    async def test_a_guide_touches_neither_the_posts_of_others_nor_what_is_published(self, pond: Pond) -> None:
        guide = await a_guide(pond)
        own, other = await a_post(pond, by=guide), await a_post(pond)

        errors = [await pond.refused(SAVE, guide, input=AN_ARTICLE | {"postId": the_id(post)}) for post in (own, other)]

        assert [error["code"] for (error,) in errors] == ["INVALID_STATE", "NOT_FOUND"]

    async def test_a_guide_cannot_publish_and_a_member_cannot_write(self, pond: Pond) -> None:
        made = await a_post(pond, published=False)
        publish = "mutation($id: ID!) { postPublish(input: {postId: $id}) { userErrors { code } } }"

        assert await pond.errors(publish, await a_guide(pond), id=the_id(made)) == ["FORBIDDEN"]
        assert await pond.errors(SAVE, VISITOR, input=AN_ARTICLE) == ["UNAUTHENTICATED"]
        assert (await pond.refused(SAVE, await a_member(pond), input=AN_ARTICLE))[0]["code"] == "FORBIDDEN"

    async def test_a_guide_cannot_advertise_elsewhere_nor_show_what_members_do_not_see(self, pond: Pond) -> None:
        guide = await a_guide(pond)
        draft = await a_product(pond, on_sale=False)

        advertising = await pond.refused(SAVE, guide, input=AN_ARTICLE | {"title": "加 微 信 领券"})
        unknown = await pond.refused(SAVE, guide, input=AN_ARTICLE | {"productIds": [id_of(Kind.PRODUCT, draft.id)]})

        assert [error["code"] for error in advertising + unknown] == ["CONTENT_REJECTED", "NOT_FOUND"]


class TestListsOfPosts:
    async def test_are_filtered(self, pond: Pond) -> None:
        product = await a_product(pond)
        guide = await a_guide(pond)
        story = await a_post(pond, by=guide, genre=PostGenre.CUSTOMER_CASE, product_ids=[product.id])
        video = await a_post(pond, kind=PostKind.VIDEO)
        document = "query($where: PostWhere) { posts(first: 9, where: $where) { nodes { id } } }"
        wheres: list[tuple[Any, list[Post]]] = [
            ({"kind": {"eq": "VIDEO"}}, [video]),
            ({"genre": {"oneOf": ["CUSTOMER_CASE"]}}, [story]),
            ({"productId": {"eq": id_of(Kind.PRODUCT, product.id)}}, [story]),
            ({"productId": {"isNull": True}}, [video]),
            ({"productId": {"isNull": False}}, [story]),
            ({"productId": {"oneOf": []}}, []),
            ({"NOT": {"productId": {"oneOf": [id_of(Kind.PRODUCT, product.id)]}}}, [video]),
            ({"authorId": {"eq": id_of(Kind.MEMBER, guide.member_id)}}, [story]),
            ({"purpose": {"eq": "KNOWLEDGE"}, "state": {"eq": "PUBLISHED"}}, [video, story]),
        ]

        for where, wanted in wheres:
            answer = await pond.ask(document, where=where)
            assert answer["posts"]["nodes"] == [{"id": the_id(post)} for post in wanted], where

    async def test_are_sorted_by_time_and_by_likes(self, pond: Pond) -> None:
        old = await a_post(pond)
        pond.later(days=1)
        new = await a_post(pond)
        await resolvers.content.like(pond.context(await a_member(pond)), old.id)
        document = "{ posts(first: 1%s) { nodes { id } pageInfo { endCursor } } }"

        by_time = await pond.ask(document % "")
        by_likes = await pond.ask(document % ", sort: {by: LIKES}")
        rest = await pond.ask(
            document % f', sort: {{by: LIKES}}, after: "{by_likes["posts"]["pageInfo"]["endCursor"]}"'
        )

        ids = [answer["posts"]["nodes"][0]["id"] for answer in (by_time, by_likes, rest)]
        assert ids == [the_id(new), the_id(old), the_id(new)]

    async def test_of_twenty_take_four_statements_at_most(self, pond: Pond) -> None:
        guide = await a_guide(pond)
        for _ in range(20):
            await a_post(pond, by=guide)

        with statements() as run:
            answer = await pond.ask(
                "{ posts(first: 20) { nodes { title coverUrl likeCount commentCount likedByMe author { nickname } } } }",
                guide,
            )

        assert len(answer["posts"]["nodes"]) == 20
        assert len(run) == 2

    async def test_one_with_comments_replies_and_products_takes_six_at_most(self, pond: Pond) -> None:
        guide = await a_guide(pond)
        made = await a_post(pond, by=guide, product_ids=[(await a_product(pond)).id])
        for _ in range(3):
            comment = await a_comment(pond, made, guide)
            await a_comment(pond, made, guide, answers=comment.id)

        with statements() as run:
            answer = await pond.ask(
                """query($id: ID!) { post(id: $id) { title blocks { __typename } products { name } likedByMe author { nickname }
                    comments(first: 10) { nodes { text author { nickname }
                        replies(first: 2) { nodes { text author { nickname } } } } } } }""",
                guide,
                id=the_id(made),
            )

        assert [len(comment["replies"]["nodes"]) for comment in answer["post"]["comments"]["nodes"]] == [1, 1, 1]
        assert len(run) == 5


class TestComments:
    THREADS = """query($id: ID!) { post(id: $id) { commentCount comments(first: 10) { totalCount { value } nodes {
        text state pinned author { nickname } answers { nickname }
        replies(first: 10) { totalCount { value } nodes { text answers { nickname } } } } } } }"""

    async def test_form_threads_of_two_levels(self, pond: Pond) -> None:
        ana, bo = await a_member(pond, "Ana"), await a_member(pond, "Bo")
        made = await a_post(pond)
        first = await a_comment(pond, made, ana, "一")
        await a_comment(pond, made, ana, "二")
        reply = await a_comment(pond, made, bo, "一之一", answers=first.id)
        await a_comment(pond, made, ana, "一之二", answers=reply.id)

        answer = (await pond.ask(self.THREADS, id=the_id(made)))["post"]

        assert answer["commentCount"] == 4
        assert answer["comments"]["totalCount"] == {"value": 2}
        assert [comment["text"] for comment in answer["comments"]["nodes"]] == ["二", "一"]
        assert answer["comments"]["nodes"][1]["replies"] == {
            "totalCount": {"value": 2},
            "nodes": [{"text": "一之一", "answers": None}, {"text": "一之二", "answers": {"nickname": "Bo"}}],
        }

    @pytest.mark.parametrize(
        ("text", "shown", "state", "warnings"),
        [
            ("真好看", "真好看", "APPROVED", []),
            ("真他妈好看", "真**好看", "APPROVED", [{"code": "TEXT_MASKED"}]),
            ("不会是假货吧", "不会是假货吧", "PENDING", []),
        ],
    )
    async def test_are_shown_masked_or_kept_waiting_by_their_words(
        self, pond: Pond, text: str, shown: str, state: str, warnings: Any
    ) -> None:
        made = await a_post(pond)

        answer = (await pond.ask(ADD, await a_member(pond), post=the_id(made), text=text))["commentAdd"]

        assert (answer["comment"]["text"], answer["comment"]["state"]) == (shown, state)
        assert answer["warnings"] == warnings

    async def test_that_advertise_are_refused(self, pond: Pond) -> None:
        errors = await pond.refused(ADD, await a_member(pond), post=the_id(await a_post(pond)), text="加\u200b微 信")

        assert errors == [{"code": "CONTENT_REJECTED", "path": ["input", "text"]}]
        assert await counted(pond) == [(0, 0, 0, 0)]

    async def test_that_wait_are_seen_by_their_author_alone(self, pond: Pond) -> None:
        ana, bo = await a_member(pond, "Ana"), await a_member(pond, "Bo")
        made = await a_post(pond)
        waiting = await a_comment(pond, made, ana, "是假货吗")
        node = "query($id: ID!) { node(id: $id) { ... on Comment { text } } }"

        for caller, seen in ((ana, 1), (bo, 0), (VISITOR, 0)):
            post = (await pond.ask(self.THREADS, caller, id=the_id(made)))["post"]
            found = (await pond.ask(node, caller, id=id_of(Kind.COMMENT, waiting.id)))["node"]
            assert (post["commentCount"], len(post["comments"]["nodes"]), found is not None) == (0, seen, bool(seen))

    @pytest.mark.parametrize(
        ("text", "code"), [("", "BAD_USER_INPUT"), ("长" * 501, "BAD_USER_INPUT"), ("\u0007", "BAD_USER_INPUT")]
    )
    async def test_have_a_length(self, pond: Pond, text: str, code: str) -> None:
        (error,) = await pond.refused(ADD, await a_member(pond), post=the_id(await a_post(pond)), text=text)

        assert error["code"] == code

    async def test_are_refused_where_there_is_no_such_post_or_comment(self, pond: Pond) -> None:
        member = await a_member(pond)
        draft, made, other = await a_post(pond, published=False), await a_post(pond), await a_post(pond)
        elsewhere = id_of(Kind.COMMENT, (await a_comment(pond, other, member)).id)

        errors = [
            await pond.refused(ADD, member, post=the_id(draft), text="好"),
            await pond.refused(ADD, member, post=the_id(made), text="好", parent=elsewhere),
            await pond.refused(ADD, member, post=the_id(made), text="好", parent="cmt_x"),
        ]

        assert [(error["code"], error["path"][-1]) for (error,) in errors] == [
            ("NOT_FOUND", "postId"),
            ("NOT_FOUND", "parentId"),
            ("NOT_FOUND", "parentId"),
        ]

    async def test_are_ten_in_a_minute_at_most(self, pond: Pond) -> None:
        made, member = await a_post(pond), await a_member(pond)
        for _ in range(10):
            await a_comment(pond, made, member)

        (error,) = await pond.refused(ADD, member, post=the_id(made), text="好")

        assert error["code"] == "RATE_LIMITED"

    async def test_are_decided_on_by_moderators(self, pond: Pond) -> None:
        made, moderator = await a_post(pond), await staff(pond, Role.MODERATOR)
        waiting = await a_comment(pond, made, await a_member(pond), "是假货吗")
        decide = """mutation($id: ID!, $decision: Moderation!) { commentModerate(input: {commentId: $id, decision: $decision}) {
            comment { state } userErrors { code } } }"""
        queue = "{ comments(first: 5, where: {state: {eq: PENDING}}) { nodes { text } } }"
        id_ = id_of(Kind.COMMENT, waiting.id)

        assert (await pond.ask(queue, moderator))["comments"]["nodes"] == [{"text": "是假货吗"}]
        counts = []
        for decision in ("APPROVED", "APPROVED", "REJECTED", "PENDING"):
            await pond.ask(decide, moderator, id=id_, decision=decision)
            counts += await counted(pond)

        assert counts == [(0, 1, 0, 1), (0, 1, 0, 1), (0, 0, 0, 0), (0, 0, 0, 0)]
        outsider = await staff(pond, Role.FINANCE)
        assert await pond.refused(decide, outsider, id=id_, decision="APPROVED") == [{"code": "FORBIDDEN"}]
        assert await pond.errors(queue, outsider) == ["FORBIDDEN"]
        assert await pond.errors(decide, await a_member(pond), id=id_, decision="APPROVED") == ["FORBIDDEN"]

    async def test_are_pinned_by_moderators_and_the_posts_author(self, pond: Pond) -> None:
        guide, other = await a_guide(pond), await a_member(pond, "Bo")
        made = await a_post(pond, by=guide)
        first = await a_comment(pond, made, other, "一")
        reply = await a_comment(pond, made, other, "一之一", answers=first.id)
        await a_comment(pond, made, other, "二")
        pin = """mutation($id: ID!, $pinned: Boolean!) { commentPin(input: {commentId: $id, pinned: $pinned}) {
            comment { pinned } userErrors { code } } }"""

        done = await pond.ask(pin, guide, id=id_of(Kind.COMMENT, first.id), pinned=True)
        seen = (await pond.ask(self.THREADS, id=the_id(made)))["post"]["comments"]["nodes"]
        refused = [
            await pond.refused(pin, other, id=id_of(Kind.COMMENT, first.id), pinned=False),
            await pond.refused(pin, guide, id=id_of(Kind.COMMENT, reply.id), pinned=True),
            await pond.refused(pin, guide, id="cmt_" + "0" * 32, pinned=True),
        ]

        assert done["commentPin"]["comment"] == {"pinned": True}
        assert [(comment["text"], comment["pinned"]) for comment in seen] == [("一", True), ("二", False)]
        assert [error["code"] for (error,) in refused] == ["FORBIDDEN", "INVALID_STATE", "NOT_FOUND"]
        page = "query($id: ID!, $a: String) { post(id: $id) { comments(first: 1, after: $a) { nodes { text } pageInfo { endCursor hasNextPage } } } }"
        head = (await pond.ask(page, id=the_id(made)))["post"]["comments"]
        tail = (await pond.ask(page, id=the_id(made), a=head["pageInfo"]["endCursor"]))["post"]["comments"]
        assert (head["nodes"], tail["nodes"]) == ([{"text": "一"}], [{"text": "二"}])
        assert [part["pageInfo"]["hasNextPage"] for part in (head, tail)] == [True, False]

    async def test_are_removed_by_their_author_or_a_moderator_with_their_replies(self, pond: Pond) -> None:
        ana, bo = await a_member(pond, "Ana"), await a_member(pond, "Bo")
        made = await a_post(pond)
        first = await a_comment(pond, made, ana)
        reply = await a_comment(pond, made, bo, answers=first.id)
        answer = await a_comment(pond, made, ana, answers=reply.id)
        remove = """mutation($id: ID!) { commentRemove(input: {commentId: $id}) { removedId userErrors { code } } }"""

        not_own = await pond.refused(remove, bo, id=id_of(Kind.COMMENT, first.id))
        await pond.ask(remove, bo, id=id_of(Kind.COMMENT, reply.id))
        left = await counted(pond)
        gone = await pond.ask(remove, await staff(pond, Role.MODERATOR), id=id_of(Kind.COMMENT, first.id))

        assert not_own == [{"code": "NOT_FOUND"}]
        assert left == [(0, 2, 0, 2)]
        assert gone["commentRemove"]["removedId"] == id_of(Kind.COMMENT, first.id)
        assert await counted(pond) == [(0, 0, 0, 0)]
        assert await resolvers.comments.comments_by_id(pond.context(ana), [answer.id]) == {}


class TestLikes:
    async def test_count_each_member_once(self, pond: Pond) -> None:
        made, member = await a_post(pond), await a_member(pond)
        like = "mutation($id: ID!) { %s(input: {postId: $id}) { post { likeCount likedByMe } userErrors { code } } }"

        answers = [
            (await pond.ask(like % name, member, id=the_id(made)))[name]["post"]
            for name in ("postLike", "postLike", "postUnlike", "postUnlike")
        ]

        assert [(a["likeCount"], a["likedByMe"]) for a in answers] == [(1, True), (1, True), (0, False), (0, False)]

    async def test_are_for_members_and_for_what_is_published(self, pond: Pond) -> None:
        draft = await a_post(pond, published=False)
        like = "mutation($id: ID!) { postLike(input: {postId: $id}) { userErrors { code } } }"

        assert await pond.errors(like, VISITOR, id=the_id(draft)) == ["UNAUTHENTICATED"]
        assert await pond.refused(like, await a_member(pond), id=the_id(draft)) == [{"code": "NOT_FOUND"}]


class TestCounters:
    async def test_equal_their_rows_after_a_storm(self, pond: Pond) -> None:
        made = [await a_post(pond) for _ in range(2)]
        people = [await a_member(pond, f"M{i}") for i in range(8)]
        moderator = await staff(pond, Role.MODERATOR)

        await asyncio.gather(*(self._interact(pond, made, person, moderator) for person in people))

        for likes, comments, real_likes, real_comments in await counted(pond):
            assert (likes, comments) == (real_likes, real_comments)
            assert comments > 0

    async def _interact(self, pond: Pond, made: list[Post], person: Principal, moderator: Principal) -> None:
        ctx = pond.context(person)
        for post in made:
            await asyncio.gather(*(resolvers.content.like(ctx, post.id) for _ in range(3)))
            await asyncio.gather(resolvers.content.unlike(ctx, post.id), resolvers.content.like(ctx, post.id))
            first = await a_comment(pond, post, person)
            answer = await a_comment(pond, post, person, "是假货吗", answers=first.id)
            await asyncio.gather(
                *(
                    resolvers.comments.moderate(pond.context(moderator), answer.id, Moderation.APPROVED)
                    for _ in range(3)
                ),
                *(
                    resolvers.comments.moderate(pond.context(moderator), first.id, Moderation.REJECTED)
                    for _ in range(2)
                ),
            )
            await asyncio.gather(
                self._tolerant(resolvers.comments.remove(pond.context(moderator), first.id)),
                self._tolerant(a_comment(pond, post, person, answers=first.id)),
                self._tolerant(a_comment(pond, post, person)),
            )

    async def _tolerant(self, attempt: Any) -> None:
        """Two of these race for one comment: one of them may find it gone."""
        with suppress(NotFound):
            await attempt

    async def test_would_not_if_they_were_read_and_written_apart(self, pond: Pond) -> None:
        """The storm is hard enough: a counter that is read first and written later loses likes in it."""
        made = await a_post(pond)

        async def careless() -> None:
            async with pond.database.writing() as tx:
                seen = await tx._connection.fetchval("SELECT like_count FROM post WHERE id = $1", made.id)
                await asyncio.sleep(0.005)
                await tx._connection.execute("UPDATE post SET like_count = $2 WHERE id = $1", made.id, seen + 1)

        await asyncio.gather(*(careless() for _ in range(8)))

        ((likes, *_),) = await counted(pond)
        assert likes < 8
