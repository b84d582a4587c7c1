"""What importers do beside saving products and posts: opening stock, people from elsewhere, and what they said there.

Everything here is done once, by references of the other system or by ids that follow from them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import db.comments
import db.members
import db.outbox
import db.stock
from domain.comments import LONGEST_COMMENT, Comment
from domain.content import ContentRejected
from domain.members import Member, MemberCard, MemberStatus, checked_nickname
from domain.moderation import Outcome
from domain.named_ids import named_id
from domain.records import record
from domain.refusals import text_within
from domain.stock import MovementKind, Wanted
from resolvers.context import Context
from resolvers.stock_moving import move_all, moved


@record
class Said:
    """A comment that was made elsewhere. `answers` is the reference of the comment that it answers."""

    reference: str
    author: MemberCard
    text: str
    at: datetime
    answers: str | None = None
    answered_at: datetime | None = None

    @property
    def id(self) -> UUID:
        return named_id(self.reference, self.at)

    @property
    def parent_id(self) -> UUID | None:
        return None if self.answers is None else named_id(self.answers, self.answered_at or self.at)


async def open_stock(ctx: Context, units: Mapping[UUID, int]) -> None:
    """Let the first units of each variant come in; one that ever had stock is left as it is."""
    async with ctx.database.writing() as tx:
        levels = await db.stock.levels_of(tx, sorted(units))
        new = {id_: many for id_, many in units.items() if many and id_ in levels and not levels[id_].received}
        if new:
            first = min(new)
            coming = [Wanted(variant_id, many) for variant_id, many in new.items()]
            await move_all(tx, moved(ctx, MovementKind.RECEIVE, coming, ctx.new_id()))
            payload = {"variants": {id_.hex: many for id_, many in new.items()}}
            await db.outbox.tell(tx, "StockOpened", "variant", first, payload, ctx.now())


async def person(ctx: Context, reference: str, nickname: str) -> MemberCard:
    """A member who stands for someone of the other system; they cannot log in."""
    key = named_id(reference, datetime.fromtimestamp(0, tz=ctx.now().tzinfo))
    async with ctx.database.writing() as tx:
        known = (await db.members.cards_of(tx, [key])).get(key)
        if known is not None:
            return known
        name = checked_nickname(nickname)
        status, at = MemberStatus.ACTIVE, ctx.now()
        new = Member(key, name, None, None, None, status, at, external_reference=reference)
        await db.members.add(tx, new)
        await db.outbox.tell(tx, "MemberImported", "member", key, {"memberId": key.hex}, at)
        return MemberCard(key, name, None)


def judged(ctx: Context, post_id: UUID, said: Said) -> Comment:
    """What becomes of something said elsewhere: its words are judged as those of members here.

    Raises:
        BadInput: the text is empty or too long.
        ContentRejected: it holds words that are not allowed.
    """
    verdict = ctx.services.words.judge(text_within(said.text, LONGEST_COMMENT, "text"))
    if verdict.outcome is Outcome.REJECTED:
        raise ContentRejected(path=("text",))
    return Comment(said.id, post_id, said.parent_id, None, said.author, verdict.text, verdict.state, False, said.at)


async def keep_comments(ctx: Context, post_id: UUID, comments: Sequence[Comment]) -> int:
    """Keep those of a post's comments that are not there yet, in one transaction; returns how many."""
    async with ctx.database.writing() as tx:
        known = await db.comments.comments_by_id(tx, [one.id for one in comments])
        new = [one for one in comments if one.id not in known]
        for one in new:
            await db.comments.add(tx, one)
        if new:
            payload = {"postId": post_id.hex, "comments": len(new)}
            await db.outbox.tell(tx, "CommentsImported", "post", post_id, payload, ctx.now())
    return len(new)
