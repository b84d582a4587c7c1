"""Webhooks: what clients see of the endpoints of other systems, and what operators do about them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from domain import pages
from domain import webhooks as rules
from domain.identity import Scope
from domain.webhook_events import WebhookEventType
from domain.webhooks import (
    EndpointDraft,
    WebhookEndpointState,
    WebhookPauseReason,
)
from resolvers import webhook_sending, webhooks
from resolvers.context import Context
from schema.access import attribute, batched, derived, mutation, object_type, query
from schema.enums import described
from schema.errors import Payload
from schema.ids import Kind, id_of, identifier, key_if, key_of
from schema.lists import After, Before, Connection, First, Last
from schema.node import Node
from schema.webhook_deliveries import WebhookDelivery, deliveries_of

described(
    WebhookEndpointState,
    "Whether events are sent to an endpoint.",
    ACTIVE="They are sent.",
    PAUSED="They are kept until it is resumed, for 30 days unless the deployment says otherwise.",
)
described(
    WebhookPauseReason,
    "Why nothing is sent to an endpoint.",
    STAFF="Somebody paused it.",
    FAILING="It failed for 72 hours.",
    GONE="It answered 410 Gone.",
)


@object_type(
    scope=Scope.OPERATOR,
    description="Where another system (ERP, CRM) is told what happens here, by signed HTTP requests.",
    record=rules.WebhookEndpoint,
)
class WebhookEndpoint(Node):
    id: strawberry.ID = identifier(Kind.WEBHOOK_ENDPOINT)
    url: str = attribute("Where events are sent.")
    types: list[WebhookEventType] = derived(
        lambda one: sorted(one.types, key=lambda kind: kind.value), "Of what it is told."
    )
    description: str = attribute("What it is, for staff; at most 200 characters.")
    state: WebhookEndpointState = attribute("Whether events are sent.")
    pause_reason: WebhookPauseReason | None = attribute("Why they are not; null when they are.")
    paused_at: datetime | None = attribute("Since when they are not.")
    failing_since: datetime | None = attribute(
        "Since when every attempt has failed; after 72 hours it pauses. Null when the last one did not fail."
    )
    old_secret_until: datetime | None = attribute("Until when the secret before the last signs as well.")
    created_at: datetime = attribute("When it was registered.")
    version: int = attribute("Rises with each change; edits state it.")
    deliveries: Connection[WebhookDelivery] = batched(
        deliveries_of, "What was and is to be sent, the newest first.", cost=5
    )


@strawberry.input(description="A whole endpoint: saving replaces all but its secrets and its state.")
class WebhookEndpointSaveInput:
    webhook_endpoint_id: strawberry.ID | None = strawberry.field(
        default=None, description="The one to change; a new one, if left out. There are 50 at most."
    )
    expected_version: int | None = strawberry.field(default=None, description="Another version refuses it.")
    url: str = strawberry.field(
        description="Where events are sent: https, a host on the public internet, port 443 or 8443 unless the "
        "deployment allows others; at most 2,000 characters. Another is refused with WEBHOOK_URL_FORBIDDEN."
    )
    types: list[WebhookEventType] = strawberry.field(description="Of what it is told, at least one.")
    description: str = strawberry.field(default="", description="What it is, for staff; at most 200 characters.")

    def value(self) -> EndpointDraft:
        return EndpointDraft(self.url, self.types, self.description)


@strawberry.input(description="Which endpoint.")
class WebhookEndpointPauseInput:
    webhook_endpoint_id: strawberry.ID = strawberry.field(description="The endpoint.")


@strawberry.input(description="Which endpoint.")
class WebhookEndpointResumeInput:
    webhook_endpoint_id: strawberry.ID = strawberry.field(description="The endpoint.")


@strawberry.input(description="Which endpoint.")
class WebhookEndpointRemoveInput:
    webhook_endpoint_id: strawberry.ID = strawberry.field(description="The endpoint.")


@strawberry.input(description="Which endpoint gets a new secret, and how long the old one stays good.")
class WebhookSecretRotateInput:
    webhook_endpoint_id: strawberry.ID = strawberry.field(description="The endpoint.")
    old_secret_hours: int = strawberry.field(
        default=24, description="For how many hours both sign, 0 to 168. One that is older than both signs no more."
    )


@strawberry.input(description="What is sent again to which endpoint. All conditions must hold.")
class WebhookReplayInput:
    webhook_endpoint_id: strawberry.ID = strawberry.field(description="The endpoint.")
    after_event_id: strawberry.ID | None = strawberry.field(
        default=None, description="Events behind this one; from the oldest that is kept on, if left out."
    )
    since: datetime | None = strawberry.field(default=None, description="Events from this time on.")
    dead_only: bool = strawberry.field(default=False, description="Those alone whose delivery is DEAD.")


@strawberry.input(description="Which endpoint.")
class WebhookTestInput:
    webhook_endpoint_id: strawberry.ID = strawberry.field(description="The endpoint.")


@object_type(scope=Scope.VISITOR, description="An endpoint that was registered or changed.")
class WebhookEndpointSavePayload(Payload):
    webhook_endpoint: WebhookEndpoint | None = attribute("The endpoint as it is now.", default=None)
    secret: str | None = attribute("The secret of a new endpoint (`whsec_…`); it is told this once.", default=None)


@object_type(scope=Scope.VISITOR, description="An endpoint to which nothing is sent.")
class WebhookEndpointPausePayload(Payload):
    webhook_endpoint: WebhookEndpoint | None = attribute("The endpoint as it is now.", default=None)


@object_type(scope=Scope.VISITOR, description="An endpoint to which events are sent again.")
class WebhookEndpointResumePayload(Payload):
    webhook_endpoint: WebhookEndpoint | None = attribute("The endpoint as it is now.", default=None)


@object_type(scope=Scope.VISITOR, description="An endpoint that is no more.")
class WebhookEndpointRemovePayload(Payload):
    removed_id: strawberry.ID | None = attribute("Its id.", default=None)


@object_type(scope=Scope.VISITOR, description="An endpoint with a new secret.")
class WebhookSecretRotatePayload(Payload):
    webhook_endpoint: WebhookEndpoint | None = attribute("The endpoint as it is now.", default=None)
    secret: str | None = attribute("The new secret (`whsec_…`); it is told this once.", default=None)


@object_type(scope=Scope.VISITOR, description="What is sent again.")
class WebhookReplayPayload(Payload):
    count: int = attribute("How many events, 1,000 at most.", default=0)
    last_event_id: strawberry.ID | None = attribute(
        "The last of them: `afterEventId` of the next call. Null when there were none.", default=None
    )


@object_type(scope=Scope.VISITOR, description="An endpoint that was tested.")
class WebhookTestPayload(Payload):
    delivery: WebhookDelivery | None = attribute("What came of it.", default=None)


def _key(given: str) -> UUID:
    return key_of(Kind.WEBHOOK_ENDPOINT, given, "input", "webhookEndpointId")


async def _save(ctx: Context, *, input: WebhookEndpointSaveInput) -> Any:
    key = None if input.webhook_endpoint_id is None else _key(input.webhook_endpoint_id)
    saved, secret = await webhooks.save(ctx, input.value(), key, input.expected_version)
    return WebhookEndpointSavePayload.of(webhook_endpoint=saved, secret=secret)


async def _pause(ctx: Context, *, input: WebhookEndpointPauseInput) -> Any:
    paused = await webhooks.pause(ctx, _key(input.webhook_endpoint_id))
    return WebhookEndpointPausePayload.of(webhook_endpoint=paused)


async def _resume(ctx: Context, *, input: WebhookEndpointResumeInput) -> Any:
    resumed = await webhooks.resume(ctx, _key(input.webhook_endpoint_id))
    return WebhookEndpointResumePayload.of(webhook_endpoint=resumed)


async def _remove(ctx: Context, *, input: WebhookEndpointRemoveInput) -> Any:
    await webhooks.remove(ctx, _key(input.webhook_endpoint_id))
    return WebhookEndpointRemovePayload.of(removed_id=input.webhook_endpoint_id)


async def _rotate(ctx: Context, *, input: WebhookSecretRotateInput) -> Any:
    rotated, secret = await webhooks.rotate(ctx, _key(input.webhook_endpoint_id), input.old_secret_hours)
    return WebhookSecretRotatePayload.of(webhook_endpoint=rotated, secret=secret)


async def _replay(ctx: Context, *, input: WebhookReplayInput) -> Any:
    given = input.after_event_id
    after = None if given is None else key_of(Kind.WEBHOOK_EVENT, given, "input", "afterEventId")
    done = await webhooks.replay(ctx, _key(input.webhook_endpoint_id), after, input.since, dead_only=input.dead_only)
    last = None if done.last_event_id is None else strawberry.ID(id_of(Kind.WEBHOOK_EVENT, done.last_event_id))
    return WebhookReplayPayload.of(count=done.count, last_event_id=last)


async def _test(ctx: Context, *, input: WebhookTestInput) -> Any:
    return WebhookTestPayload.of(delivery=await webhook_sending.test(ctx, _key(input.webhook_endpoint_id)))


async def _endpoint(
    ctx: Context, *, id: Annotated[strawberry.ID, strawberry.argument(name="id", description="Its id.")]
) -> Any:
    key = key_if(Kind.WEBHOOK_ENDPOINT, id)
    return None if key is None else await webhooks.endpoint(ctx, key)


async def _endpoints(
    ctx: Context, *, first: First = None, after: After = None, last: Last = None, before: Before = None
) -> Any:
    return await webhooks.endpoints(ctx, pages.page_request(first, after, last, before))


@strawberry.type
class WebhooksQuery:
    webhook_endpoint: WebhookEndpoint | None = query(
        _endpoint, "One webhook endpoint; null when there is none.", scope=Scope.OPERATOR
    )
    webhook_endpoints: Connection[WebhookEndpoint] = query(
        _endpoints, "All webhook endpoints, the newest first.", scope=Scope.OPERATOR
    )


@strawberry.type
class WebhooksMutation:
    webhook_endpoint_save: WebhookEndpointSavePayload | None = mutation(
        _save,
        WebhookEndpointSavePayload,
        "Register where another system is told what happens, or change it.",
        scope=Scope.OPERATOR,
    )
    webhook_endpoint_pause: WebhookEndpointPausePayload | None = mutation(
        _pause,
        WebhookEndpointPausePayload,
        "Send nothing for now; what happens is kept for the endpoint.",
        scope=Scope.OPERATOR,
    )
    webhook_endpoint_resume: WebhookEndpointResumePayload | None = mutation(
        _resume,
        WebhookEndpointResumePayload,
        "Send again, what was kept first.",
        scope=Scope.OPERATOR,
    )
    webhook_endpoint_remove: WebhookEndpointRemovePayload | None = mutation(
        _remove, WebhookEndpointRemovePayload, "Send nothing more, for good.", scope=Scope.OPERATOR
    )
    webhook_secret_rotate: WebhookSecretRotatePayload | None = mutation(
        _rotate,
        WebhookSecretRotatePayload,
        "Give an endpoint a new secret. For a time both sign, so that the receiver can change over.",
        scope=Scope.OPERATOR,
    )
    webhook_replay: WebhookReplayPayload | None = mutation(
        _replay,
        WebhookReplayPayload,
        "Send events again, by the ids that they had: a receiver knows those that it has.",
        scope=Scope.OPERATOR,
    )
    webhook_test: WebhookTestPayload | None = mutation(
        _test,
        WebhookTestPayload,
        "Send an event that says nothing, at once and once, and see what comes back; takes five seconds at most.",
        scope=Scope.OPERATOR,
    )


NODES = {Kind.WEBHOOK_ENDPOINT: webhooks.endpoints_by_id}
