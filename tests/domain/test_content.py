"""The rules of posts and comments."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.comments import Comment, moderates, place_of
from domain.content import (
    TRANSITIONS,
    Audio,
    Heading,
    Html,
    Image,
    Paragraph,
    PostAction,
    PostState,
    ProductMention,
    Reader,
    Video,
    after,
    check_author,
    check_post,
    mentioned,
    reader_of,
    words_of,
)
from domain.identity import VISITOR, Principal, Role, Scope
from domain.links import is_link
from domain.members import MemberCard
from domain.moderation import Moderation
from domain.refusals import BadInput, NotAllowed, NotFound, WrongState
from tests.makers_catalogue import staff
from tests.makers_content import a_draft

ANA, BO = uuid4(), uuid4()
A_GUIDE = Principal(ANA, scopes=frozenset({Scope.VISITOR, Scope.MEMBER, Scope.GUIDE}))


def a_comment(parent_id: UUID | None = None) -> Comment:
    author = MemberCard(ANA, "Ana", None)
    return Comment(uuid4(), uuid4(), parent_id, None, author, "好", Moderation.APPROVED, False, datetime.now(UTC))


@pytest.mark.parametrize(("state", "action"), list(product(PostState, PostAction)))
def test_a_post_moves_only_as_the_table_says(state: PostState, action: PostAction) -> None:
    if (state, action) in TRANSITIONS:
        assert after(action, state) is TRANSITIONS[state, action]
    else:
        with pytest.raises(WrongState) as refusal:
            after(action, state)
        assert refusal.value.state == state.value


def test_what_is_archived_stays_so() -> None:
    assert not [step for step in TRANSITIONS if step[0] is PostState.ARCHIVED]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"title": ""}, ["title"]),
        ({"title": "长" * 101}, ["title"]),
        ({"cover_url": "javascript:x"}, ["coverUrl"]),
        ({"blocks": []}, ["blocks"]),
        ({"blocks": [Paragraph("好")] * 201}, ["blocks"]),
        ({"product_ids": [uuid4() for _ in range(31)]}, ["productIds"]),
        ({"external_reference": ""}, ["externalReference"]),
        ({"blocks": [Paragraph("好"), Paragraph(" ")]}, ["blocks", "1", "text"]),
        ({"blocks": [Heading("好", 4)]}, ["blocks", "0", "level"]),
        ({"blocks": [Image("x")]}, ["blocks", "0", "url"]),
        ({"blocks": [Video("https://a.example/v.mp4", "x")]}, ["blocks", "0", "coverUrl"]),
        ({"blocks": [Audio("https://a.example/a.mp3", "长" * 201)]}, ["blocks", "0", "title"]),
        ({"blocks": [Html("")]}, ["blocks", "0", "html"]),
    ],
)
def test_a_post_out_of_bounds_is_refused(change: Any, path: list[str]) -> None:
    with pytest.raises(BadInput) as refusal:
        check_post(a_draft(**change))

    assert list(refusal.value.path) == ["input", *path]


def test_a_post_within_bounds_is_kept_as_it_is() -> None:
    draft = a_draft(
        blocks=[Image("/a.jpg"), Video("https://a.example/v.mp4"), Audio("/a.mp3"), Html("<p>好</p>"), Heading("好")]
    )

    assert check_post(draft) is draft


def test_products_in_the_text_count_once_with_those_beside_it() -> None:
    draft = a_draft(product_ids=[ANA], blocks=[ProductMention(BO), ProductMention(ANA)])

    assert mentioned(check_post(draft)) == [ANA, BO]


def test_all_that_is_read_is_checked_for_words() -> None:
    draft = a_draft("标题", summary="摘要", blocks=[Paragraph("段落"), Heading("小标题"), Image("/a", caption="图注")])

    assert words_of(draft).split() == ["标题", "摘要", "段落", "小标题", "图注"]


class TestWhoWrites:
    def test_staff_for_content_write_everything(self) -> None:
        check_author(staff(Role.CONTENT), BO, PostState.PUBLISHED)

    def test_a_guide_writes_their_own_until_it_is_published(self) -> None:
        check_author(A_GUIDE, ANA, PostState.REVIEWING)
        with pytest.raises(WrongState):
            check_author(A_GUIDE, ANA, PostState.PUBLISHED)

    def test_the_posts_of_others_do_not_exist_for_a_guide(self) -> None:
        with pytest.raises(NotFound):
            check_author(A_GUIDE, BO, PostState.DRAFT)

    def test_a_member_writes_none(self) -> None:
        with pytest.raises(NotAllowed):
            check_author(Principal(ANA), ANA, PostState.DRAFT)


def test_staff_see_all_posts_and_others_their_own() -> None:
    assert reader_of(VISITOR) == Reader()
    assert reader_of(A_GUIDE) == Reader(ANA)
    assert reader_of(staff()).sees_all


def test_an_answer_to_a_reply_joins_its_thread() -> None:
    first = a_comment()
    reply = a_comment(first.id)

    assert place_of(None) == (None, None)
    assert place_of(first) == (first.id, None)
    assert place_of(reply) == (first.id, reply.id)
    assert place_of(replace(reply, reply_to_id=first.id)) == (first.id, reply.id)


def test_moderators_and_content_staff_decide_on_comments() -> None:
    assert moderates(staff(Role.MODERATOR))
    assert moderates(staff(Role.CONTENT))
    assert not moderates(staff(Role.FINANCE))
    assert not moderates(A_GUIDE)


@pytest.mark.parametrize(
    ("link", "is_one"),
    [
        ("https://a.example/b.jpg?x=1#y", True),
        ("HTTP://a.example", True),
        ("/media/b.jpg", True),
        ("//a.example/b.jpg", False),
        ("https://", False),
        ("https://a.example/ b", False),
        ("javascript:alert(1)", False),
        ("quality=90&thumbnail=200x200", False),
        ('https://a.example/"onerror=', False),
        ("https://a.example/" + "x" * 1000, False),
    ],
)
def test_a_link_is_an_http_address_or_a_path(link: str, *, is_one: bool) -> None:
    assert is_link(link) is is_one
