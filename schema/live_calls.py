"""Calls to action of live rooms: cards that lead viewers to an account, a guide, a group or a link."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry

from domain import live_calls as rules
from domain.identity import Scope
from domain.live_calls import CallKind, CallStep
from resolvers import live_calls
from resolvers.context import Context
from schema.access import attribute, derived, mutation, object_type
from schema.enums import described
from schema.errors import Payload
from schema.ids import Kind, identifier, key_of
from schema.live_events import LiveRoomEvent

described(
    CallKind,
    "Where a card leads.",
    OA_FOLLOW="To follow an official account (公众号): `qrUrl` is its code.",
    GUIDE_QR="To the viewer's guide (导购): `qrUrl` is the code of that guide.",
    GROUP_QR="Into a group chat (社群): `qrUrl` is its code.",
    LINK="To `linkUrl`.",
)
described(
    CallStep,
    "How far a viewer went.",
    CLICKED="Opened what the card leads to.",
    CONVERTED="Followed, joined or added whom it leads to.",
)


@object_type(scope=Scope.VISITOR, description="A card that leads elsewhere, as it is for everybody.")
class LiveCallCard:
    id: strawberry.ID = identifier(Kind.CALL_TO_ACTION)
    kind: CallKind = attribute("Where it leads.")
    title: str = attribute("What it says, at most 40 characters.")
    picture_url: str | None = attribute("A picture for it.")


@object_type(scope=Scope.VISITOR, description="The guide to whom a card leads the caller.")
class LiveCallGuide:
    guide_id: strawberry.ID = identifier(Kind.GUIDE, "guide_id", description="The guide.")
    name: str = attribute("The name that the guide goes by.")
    avatar_url: str | None = attribute("A picture of the guide.")


@object_type(
    scope=Scope.VISITOR,
    description="A card that leads elsewhere (引流), as it is for the caller.",
    record=rules.CallToAction,
)
class LiveCallToAction:
    id: strawberry.ID = identifier(Kind.CALL_TO_ACTION)
    kind: CallKind = attribute("Where it leads.")
    title: str = attribute("What it says, at most 40 characters.")
    picture_url: str | None = attribute("A picture for it.")
    link_url: str | None = attribute("For LINK: https at a host of the brand, or a page of the mini-program.")
    qr_url: str | None = attribute(
        "The picture of a code to scan. For GUIDE_QR that of the caller's own guide, else of the guide who invited the"
        " caller into the room, else of the host; null when none of these has one."
    )
    guide: LiveCallGuide | None = derived(lambda call: call.contact, "For GUIDE_QR: whose code it is.")
    shown_at: datetime = attribute("Since when it was shown.")
    hidden_at: datetime | None = attribute("Since when it is not any more.")
    clicked: int | None = derived(
        lambda call: call.numbers and call.numbers.clicked,
        "How many members clicked it; null for all who do not run the room.",
    )
    converted: int | None = derived(
        lambda call: call.numbers and call.numbers.converted,
        "How many members got where it leads; null for all who do not run the room.",
    )


@object_type(
    scope=Scope.VISITOR,
    description="A card that leads elsewhere was shown or taken away.",
    record=rules.CallToActionChanged,
)
class CallToActionChanged(LiveRoomEvent):
    card: LiveCallCard | None = attribute(
        "The card; null when none is shown any more. Where it leads the caller, `LiveRoom.callToAction` says."
    )


@strawberry.input(description="A card to show.")
class LiveCallToActionShowInput:
    live_room_id: strawberry.ID = strawberry.field(description="The room.")
    kind: CallKind = strawberry.field(description="Where it leads.")
    title: str = strawberry.field(description="What it says, 1 to 40 characters.")
    picture_url: str | None = strawberry.field(default=None, description="A picture for it.")
    target: str | None = strawberry.field(
        default=None,
        description="For LINK an https address at a host of the brand, or a page of the mini-program (`pages/…`);"
        " for OA_FOLLOW and GROUP_QR the picture of the code, there or under /media; for GUIDE_QR none.",
    )


@strawberry.input(description="Which room.")
class LiveCallToActionHideInput:
    live_room_id: strawberry.ID = strawberry.field(description="The room.")


@strawberry.input(description="Which card, and how far the caller went.")
class LiveCallToActionClickInput:
    call_to_action_id: strawberry.ID = strawberry.field(description="The card.")
    step: CallStep = strawberry.field(default=CallStep.CLICKED, description="How far.")


@strawberry.input(description="How customers reach a guide.")
class GuideContactSaveInput:
    qr_url: str = strawberry.field(description="The picture of the guide's code, at a host of the brand.")


@object_type(scope=Scope.MEMBER, description="The answer to `liveCallToActionShow` and `liveCallToActionHide`.")
class LiveCallToActionPayload(Payload):
    call_to_action: LiveCallToAction | None = attribute("The card that is shown now.", default=None)


@object_type(scope=Scope.MEMBER, description="The answer to `liveCallToActionClick`.")
class LiveCallToActionClickPayload(Payload):
    step: CallStep | None = attribute("What was noted.", default=None)


@object_type(scope=Scope.GUIDE, description="The answer to `guideContactSave`.")
class GuideContactSavePayload(Payload):
    qr_url: str | None = attribute("The picture that customers are shown now.", default=None)


async def _show(ctx: Context, *, input: LiveCallToActionShowInput) -> Any:
    draft = rules.CallDraft(input.kind, input.title, input.picture_url, input.target)
    shown: Any = await live_calls.show(ctx, key_of(Kind.LIVE_ROOM, input.live_room_id, "input", "liveRoomId"), draft)
    return LiveCallToActionPayload(call_to_action=shown)


async def _hide(ctx: Context, *, input: LiveCallToActionHideInput) -> Any:
    await live_calls.hide(ctx, key_of(Kind.LIVE_ROOM, input.live_room_id, "input", "liveRoomId"))
    return LiveCallToActionPayload()


async def _click(ctx: Context, *, input: LiveCallToActionClickInput) -> Any:
    call_id = key_of(Kind.CALL_TO_ACTION, input.call_to_action_id, "input", "callToActionId")
    await live_calls.click(ctx, call_id, input.step)
    return LiveCallToActionClickPayload(step=input.step)


async def _save_contact(ctx: Context, *, input: GuideContactSaveInput) -> Any:
    return GuideContactSavePayload(qr_url=await live_calls.save_contact(ctx, input.qr_url))


@strawberry.type
class LiveCallMutation:
    live_call_to_action_show: LiveCallToActionPayload | None = mutation(
        _show,
        LiveCallToActionPayload,
        "Show a card that leads elsewhere, in place of the last one.",
        scope=Scope.MEMBER,
    )
    live_call_to_action_hide: LiveCallToActionPayload | None = mutation(
        _hide, LiveCallToActionPayload, "Show no card any more.", scope=Scope.MEMBER
    )
    live_call_to_action_click: LiveCallToActionClickPayload | None = mutation(
        _click,
        LiveCallToActionClickPayload,
        "Say that the caller opened a card, or got where it leads; each member counts once.",
        scope=Scope.MEMBER,
        cost=2,
    )
    guide_contact_save: GuideContactSavePayload | None = mutation(
        _save_contact,
        GuideContactSavePayload,
        "Keep the code by which the caller's customers reach their guide.",
        scope=Scope.GUIDE,
    )


TYPES = (CallToActionChanged,)
"""The events of this slice."""
