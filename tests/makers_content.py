"""Short ways to fill a pond with posts and comments."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import resolvers.comments
import resolvers.content
from domain.comments import Comment
from domain.content import Paragraph, Post, PostAction, PostDraft, PostGenre, PostKind, PostPurpose
from domain.identity import VISITOR, Principal
from tests.pond import Pond


def a_draft(title: str = "四件套怎么选", **others: Any) -> PostDraft:
    """An article that explains something; `others` are further fields of the draft."""
    given: dict[str, Any] = {
        "kind": PostKind.ARTICLE,
        "purpose": PostPurpose.KNOWLEDGE,
        "genre": PostGenre.EXPERT,
        "blocks": [Paragraph("先看材质。")],
    }
    return PostDraft(title=title, **given | others)


async def a_post(
    pond: Pond, title: str = "四件套怎么选", *, by: Principal = VISITOR, published: bool = True, **others: Any
) -> Post:
    """A published post, the brand's own unless someone wrote it."""
    ctx = pond.context(by)
    post = await resolvers.content.save(ctx, a_draft(title, **others))
    return await resolvers.content.move(ctx, post.id, PostAction.PUBLISH) if published else post


async def a_comment(
    pond: Pond, post: Post, by: Principal, text: str = "写得真好", *, answers: UUID | None = None
) -> Comment:
    """A comment below a post, or an answer to a comment."""
    comment, _ = await resolvers.comments.add(pond.context(by), post.id, text, answers)
    return comment
