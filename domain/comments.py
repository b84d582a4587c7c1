"""Comments: threads of two levels below a post, and who decides on them (R55)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from domain.identity import Principal, Scope
from domain.members import MemberCard
from domain.moderation import Moderation
from domain.records import record

LONGEST_COMMENT = 500


@record
class Comment:
    """What a member wrote below a post. `parent_id` is the comment whose thread it is in, None for a thread's first.

    `reply_to_id` is the comment within the thread that it answers, when that is not the first.
    """

    id: UUID
    post_id: UUID
    parent_id: UUID | None
    reply_to_id: UUID | None
    author: MemberCard
    text: str
    state: Moderation
    pinned: bool
    created_at: datetime

    @property
    def thread_id(self) -> UUID:
        """The first comment of its thread."""
        return self.parent_id or self.id


def moderates(principal: Principal) -> bool:
    """Whether someone decides on comments."""
    return principal.holds(Scope.MODERATOR) or principal.holds(Scope.CONTENT)


def place_of(answered: Comment | None) -> tuple[UUID | None, UUID | None]:
    """The parent of a new comment and what it replies to: an answer to a reply joins the same thread."""
    if answered is None:
        return None, None
    return answered.thread_id, None if answered.parent_id is None else answered.id
