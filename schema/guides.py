"""Guides: their public cards, what they see of their own business, and what their managers decide."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry import UNSET

from domain import guides as rules
from domain import pages
from domain.guides import (
    GuideAction,
    GuideKind,
    GuideStatus,
)
from domain.identity import Scope
from domain.refusals import BadInput
from resolvers import commission_rates, contacts, guides, tiers, wallets
from resolvers.context import Context
from schema.access import attribute, batched, mutation, object_type, query
from schema.commissions import CommissionContract
from schema.enums import described
from schema.errors import Payload
from schema.filters import EnumFilter, IdFilter, condition_of
from schema.ids import Kind, identifier, key_if, key_of
from schema.lists import After, Before, Connection, First, Last
from schema.node import Node
from schema.service_figures import ServiceFigures, figures
from schema.stores import Store
from schema.tiers import GuideTier, GuideTierChange

if TYPE_CHECKING:
    from schema.contacts import WecomContact
    from schema.wallets import GuideWallet

described(
    GuideKind,
    "How a guide works for the brand.",
    EMPLOYEE="Employed by the store (店员导购).",
    DISTRIBUTOR="Sells online on commission (分销员).",
    ANCHOR="Hosts live rooms on pure commission (主播).",
    KOC="A customer whom others listen to (KOC).",
)
described(
    GuideStatus,
    "Where a guide stands.",
    APPLIED="Applied; waits for the store's manager.",
    ACTIVE="Sells and earns.",
    FROZEN="Suspended: shares still open, what is earned is held.",
    LEFT="Does not sell for the store any more, or was not taken.",
)


@object_type(scope=Scope.STORE_MANAGER, description="One line of a guide's log.")
class GuideStatusChange:
    from_status: GuideStatus | None = attribute("The status before; null for the application.")
    to_status: GuideStatus = attribute("The status from then on.")
    actor_name: str = attribute("Who did it, by name.")
    reason: str = attribute("Why; may be empty.")
    at: datetime = attribute("When.")


async def _contacts(
    ctx: Context,
    found: Sequence[rules.Guide],
    *,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Any:
    return await contacts.contacts_of(ctx, found, pages.page_request(first, after, last, before))


async def _invited(
    ctx: Context,
    found: Sequence[rules.Guide],
    *,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Any:
    return await guides.invited_of(ctx, found, pages.page_request(first, after, last, before))


async def _pictures(ctx: Context, found: Sequence[rules.Guide]) -> list[str]:
    return [ctx.services.rules.codes.picture_of(one.share_code) for one in found]


@object_type(
    scope=Scope.VISITOR,
    description="A guide (导购): a member who sells for one store and earns commission.",
    record=rules.Guide,
)
class Guide(Node):
    id: strawberry.ID = identifier(Kind.GUIDE)
    kind: GuideKind = attribute("How the guide works for the brand.")
    display_name: str = attribute("The name that the guide goes by, at most 32 characters.")
    avatar_url: str | None = attribute("A picture of the guide.")
    share_code: str = attribute("Ten base62 characters: credits a registration or an order to the guide. Unique.")
    qr_url: str = batched(_pictures, "Where the picture of that code is, PNG or JPEG: for posters and cards.")
    store: Store | None = batched(guides.stores_of, "The store that the guide sells for.")
    status: GuideStatus | None = batched(
        guides.statuses_of, "Where the guide stands; null for all but the guide and the managers of the store."
    )
    tier: GuideTier | None = batched(
        guides.tiers_of, "What the guide earns; null for all but the guide and the managers of the store."
    )
    tier_changes: list[GuideTierChange] | None = batched(
        tiers.changes_of,
        "How the guide rose and fell, the first change first; null for all but the guide, its managers and finance.",
        cost=5,
    )
    status_changes: list[GuideStatusChange] | None = batched(
        guides.status_changes_of,
        "The log, the application first; null for all but the managers of the store.",
        scope=Scope.STORE_MANAGER,
        cost=5,
    )
    commission_contracts: list[CommissionContract] | None = batched(
        commission_rates.contracts_of,
        "What the guide was promised as an anchor, the newest first; null for all but the guide, its managers and "
        "finance.",
    )
    inviter: Guide | None = batched(
        guides.inviters_of,
        "The guide who brought this one, for good; null without one, and for all but the guide and its managers.",
    )
    invited: Connection[Guide] | None = batched(
        _invited, "The guides whom this one brought; null for all but the guide and its managers.", cost=3
    )
    contacts: Connection[Annotated[WecomContact, strawberry.lazy("schema.contacts")]] | None = batched(
        _contacts, "Who added the guide on WeCom, the last first; null for all but the guide and its managers.", cost=3
    )
    wallet: Annotated[GuideWallet, strawberry.lazy("schema.wallets")] | None = batched(
        wallets.of_guides,
        "What the guide is owed; null for all but the guide, its managers and finance.",
        scope=Scope.MEMBER,
        cost=5,
    )
    service: ServiceFigures | None = batched(
        figures,
        "How the guide treats customers; null for all but the guide and the managers of the store.",
        scope=Scope.MEMBER,
        cost=5,
    )
    version: int = attribute("Rises with each change; decisions state it.")


@strawberry.input(description="Which guides; all conditions must hold. AND, OR and NOT nest to depth 3.")
class GuideWhere:
    status: EnumFilter[GuideStatus] | None = strawberry.field(default=UNSET, description="Where the guide stands.")
    store_id: IdFilter | None = strawberry.field(default=UNSET, description="The store that the guide sells for.")
    AND: list[GuideWhere] | None = strawberry.field(name="AND", default=UNSET, description="Each of these holds.")
    OR: list[GuideWhere] | None = strawberry.field(name="OR", default=UNSET, description="At least one of these holds.")
    NOT: GuideWhere | None = strawberry.field(name="NOT", default=UNSET, description="This does not hold.")


_WHERE_NAMES = {"status": "status", "store_id": "storeId"}
_WHERE_IDS = {"storeId": Kind.STORE}


async def _guide(
    ctx: Context,
    *,
    id: Annotated[
        strawberry.ID | None, strawberry.argument(name="id", description="Its id. Give this or `shareCode`.")
    ] = None,
    share_code: Annotated[
        str | None, strawberry.argument(description="The guide's own code. Give this or `id`.")
    ] = None,
) -> Any:
    if (id is None) == (share_code is None):
        raise BadInput("exactly one of id and shareCode", "id 与 shareCode 必须且只能提供一个", path=("id",))
    if share_code is not None:
        return await guides.guide_by_code(ctx, share_code)
    key = key_if(Kind.GUIDE, id or "")
    return None if key is None else (await guides.guides_by_id(ctx, [key])).get(key)


async def _guides(
    ctx: Context,
    *,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    where: Annotated[GuideWhere | None, strawberry.argument(description="Which ones.")] = None,
) -> Any:
    request = pages.page_request(first, after, last, before)
    return await guides.guides(ctx, request, condition_of(where, _WHERE_IDS, _WHERE_NAMES))


@strawberry.type
class GuideQuery:
    guide: Guide | None = query(
        _guide, "One guide's card; null when there is none that the caller may know of.", scope=Scope.VISITOR
    )
    my_guide: Guide | None = query(
        guides.my_guide, "The guide that the caller is, or has applied to be.", scope=Scope.MEMBER
    )
    guides: Connection[Guide] = query(
        _guides, "The guides of the caller's stores, first come first.", scope=Scope.STORE_MANAGER
    )


@strawberry.input(description="An application to sell for a store.")
class GuideApplyInput:
    store_id: strawberry.ID = strawberry.field(description="The store, an id of a Store.")
    display_name: str = strawberry.field(description="The name to go by, 1 to 32 characters.")
    kind: GuideKind = strawberry.field(default=GuideKind.DISTRIBUTOR, description="How to work for the brand.")
    avatar_url: str | None = strawberry.field(
        default=None, description="An http or https address or a path on this host, at most 1,000 characters."
    )
    inviter_code: str | None = strawberry.field(
        default=None, description="The share code of the guide who brings the applicant; it cannot be changed later."
    )


@strawberry.input(description="A decision about a guide.")
class GuideDecisionInput:
    guide_id: strawberry.ID = strawberry.field(description="Which guide.")
    expected_version: int = strawberry.field(
        description="The version that the decision was made on; another one refuses it."
    )
    reason: str = strawberry.field(default="", description="Why, for the log; at most 200 characters.")


@strawberry.input(description="Who brought a guide.")
class GuideInviterSetInput:
    guide_id: strawberry.ID = strawberry.field(description="Which guide.")
    inviter_id: strawberry.ID = strawberry.field(description="The guide who brought this one; it has none yet.")
    expected_version: int = strawberry.field(description="The version of the guide that was seen; another refuses it.")
    reason: str = strawberry.field(description="Why, for the log; 1 to 200 characters.")


@strawberry.input(description="The tier that a guide is put on by hand.")
class GuideTierSetInput:
    guide_id: strawberry.ID = strawberry.field(description="Which guide.")
    tier_id: strawberry.ID = strawberry.field(description="The tier.")
    is_locked: bool = strawberry.field(default=False, description="Whether it stays there whatever it does.")
    expected_version: int = strawberry.field(description="The guide's version; another one refuses it.")
    reason: str = strawberry.field(description="Why, for the log; 1 to 200 characters.")


@object_type(scope=Scope.VISITOR, description="An application that was made.")
class GuideApplyPayload(Payload):
    guide: Guide | None = attribute("The guide, who waits to be approved.", default=None)


@object_type(scope=Scope.VISITOR, description="A decision about a guide that was made.")
class GuideDecisionPayload(Payload):
    guide: Guide | None = attribute("The guide as it is now.", default=None)


async def _apply(ctx: Context, *, input: GuideApplyInput) -> Any:
    store_id = key_of(Kind.STORE, input.store_id, "input", "storeId")
    card = rules.GuideCard(input.kind, input.display_name, input.avatar_url)
    guide: Any = await guides.apply(ctx, store_id, card, input.inviter_code)
    return GuideApplyPayload(guide=guide)


async def _set_inviter(ctx: Context, *, input: GuideInviterSetInput) -> Any:
    guide_id = key_of(Kind.GUIDE, input.guide_id, "input", "guideId")
    inviter_id = key_of(Kind.GUIDE, input.inviter_id, "input", "inviterId")
    guide: Any = await guides.set_inviter(ctx, guide_id, inviter_id, input.expected_version, input.reason)
    return GuideDecisionPayload(guide=guide)


async def _set_tier(ctx: Context, *, input: GuideTierSetInput) -> Any:
    guide_id = key_of(Kind.GUIDE, input.guide_id, "input", "guideId")
    tier_id = key_of(Kind.GUIDE_TIER, input.tier_id, "input", "tierId")
    guide: Any = await tiers.put(
        ctx, guide_id, tier_id, input.expected_version, is_locked=input.is_locked, note=input.reason
    )
    return GuideDecisionPayload(guide=guide)


def _decision(action: GuideAction, description: str) -> Any:
    async def decide(ctx: Context, *, input: GuideDecisionInput) -> Any:
        guide_id = key_of(Kind.GUIDE, input.guide_id, "input", "guideId")
        guide: Any = await guides.change_status(ctx, guide_id, action, input.expected_version, input.reason)
        return GuideDecisionPayload(guide=guide)

    return mutation(decide, GuideDecisionPayload, description, scope=Scope.STORE_MANAGER)


@strawberry.type
class GuideMutation:
    guide_apply: GuideApplyPayload | None = mutation(
        _apply, GuideApplyPayload, "Apply to sell for a store, one at a time.", scope=Scope.MEMBER
    )
    guide_approve: GuideDecisionPayload | None = _decision(GuideAction.APPROVE, "Take an applicant on.")
    guide_freeze: GuideDecisionPayload | None = _decision(
        GuideAction.FREEZE, "Suspend a guide: shares still open, what is earned from now on is held."
    )
    guide_unfreeze: GuideDecisionPayload | None = _decision(
        GuideAction.UNFREEZE, "Let a guide sell again, and release what was held."
    )
    guide_dismiss: GuideDecisionPayload | None = _decision(
        GuideAction.DISMISS, "Let a guide go, or turn an applicant down. It cannot be undone; one may apply again."
    )
    guide_inviter_set: GuideDecisionPayload | None = mutation(
        _set_inviter,
        GuideDecisionPayload,
        "Note who brought a guide that has no inviter, for good. Nobody is brought by those whom they brought.",
        scope=Scope.STORE_MANAGER,
    )
    guide_tier_set: GuideDecisionPayload | None = mutation(
        _set_tier,
        GuideDecisionPayload,
        "Put a guide on a tier by hand, and keep it there if it is locked.",
        scope=Scope.FINANCE,
    )


NODES = {Kind.GUIDE: guides.guides_by_id}
