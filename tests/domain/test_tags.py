"""Tags: names that differ, and one of an exclusive group."""

from __future__ import annotations

from uuid import UUID

import pytest

from domain.refusals import BadInput
from domain.tags import Tag, TagGroup, check_choice, check_group

GROUP = UUID(int=1)


def tag(number: int, name: str) -> Tag:
    return Tag(UUID(int=number), GROUP, name)


def test_tags_of_a_group_have_different_names() -> None:
    with pytest.raises(BadInput):
        check_group(TagGroup(GROUP, "口味", False, (tag(2, "绿茶"), tag(3, " 绿茶 "))))


def test_two_of_an_exclusive_group_are_not_given_together() -> None:
    both = [tag(2, "新客"), tag(3, "老客")]

    check_choice(both, ())
    with pytest.raises(BadInput):
        check_choice(both, {GROUP})
