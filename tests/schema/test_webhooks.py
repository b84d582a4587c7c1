"""Webhooks through GraphQL: who is told what, in which order, how often, and what is seen of it (R68)."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest

import resolvers.webhook_sending
import schema.ids
from domain.identity import Principal, Role, Scope
from domain.webhook_events import SHAPES, Word
from domain.webhooks import PERSISTENCE
from providers.webhooks import Webhooks
from tests.makers_members import a_member, staff
from tests.makers_webhooks import (
    ENDPOINT,
    PAUSE,
    REMOVE,
    REPLAY,
    RESUME,
    ROTATE,
    SAVE,
    TEST,
    Receiver,
    Registered,
    deliveries_of,
    endpoint_of,
    near,
    receiving,
    registered,
    sent,
    tagged,
    verified,
)
from tests.pond import Pond, statements
from tests.waiting import until

TAGGED = ["MEMBER_TAGGED"]
A, B = UUID(int=0xA), UUID(int=0xB)


def of_endpoint(one: Registered, **more: Any) -> dict[str, Any]:
    return {"webhookEndpointId": one.id, **more}


# What arrives.


async def test_an_event_arrives_signed_in_the_documented_shape(pond: Pond) -> None:
    async with receiving() as receiver:
        one = await registered(pond, receiver.url, TAGGED)
        await tagged(pond, A)

        assert await sent(pond) == 1

    (heard,) = receiver.heard
    told = verified(heard, one.secret)
    (delivery,) = await deliveries_of(pond, one)
    assert told.keys() == {"type", "timestamp", "id", "subject", "sequence", "data"}
    assert (told["type"], told["subject"]) == ("member.tagged", f"mem_{A.hex}")
    assert told["data"]["addedTagIds"][0].startswith("tag_")
    assert heard.headers["content-type"] == "application/json"
    assert (delivery["id"], delivery["state"], delivery["event"]["id"]) == (heard.id, "DELIVERED", told["id"])
    assert json.loads(delivery["event"]["body"]) == told
    assert [one["status"] for one in delivery["attempts"]] == [204]


async def test_each_endpoint_gets_what_it_asked_for(pond: Pond) -> None:
    async with receiving() as receiver, receiving() as other:
        one = await registered(pond, receiver.url, TAGGED)
        await registered(pond, other.url, ["ORDER_PAID"], one.operator)
        await tagged(pond, A, B)

        assert await sent(pond) == 2
        assert await sent(pond) == 0

    assert (len(receiver.heard), len(other.heard)) == (2, 0)


async def test_a_later_event_waits_for_the_earlier_one_of_its_aggregate_alone(pond: Pond) -> None:
    async with receiving(answer=lambda heard: 500 if heard.event["subject"] == f"mem_{A.hex}" else 204) as receiver:
        one = await registered(pond, receiver.url, TAGGED)
        await tagged(pond, A, A, B, B)

        assert await sent(pond) == 3
        first, second, *others = await deliveries_of(pond, one)

        assert (first["state"], second["state"], second["attemptCount"]) == ("PENDING", "PENDING", 0)
        assert second["nextTryAt"] is None
        assert [delivery["state"] for delivery in others] == ["DELIVERED"] * 2
        receiver.answer = lambda _: 200
        pond.later(seconds=10)
        assert await sent(pond) == 2

    sequences = [told["sequence"] for told in receiver.taken() if told["subject"] == f"mem_{A.hex}"]
    assert sequences == sorted(sequences)
    assert len(sequences) == 2


async def test_at_every_attempt_the_delivery_has_the_same_id_and_body(pond: Pond) -> None:
    async with receiving(answer=lambda _: 503) as receiver:
        one = await registered(pond, receiver.url, TAGGED)
        await tagged(pond, A)
        for _ in range(4):
            assert await sent(pond) == 1
            pond.later(minutes=15)

    assert len({heard.id for heard in receiver.heard}) == 1
    assert len({heard.body for heard in receiver.heard}) == 1
    assert len({heard.headers["webhook-timestamp"] for heard in receiver.heard}) == 4
    (delivery,) = await deliveries_of(pond, one)
    assert [(a["status"], a["failure"]) for a in delivery["attempts"]] == [(503, "REFUSED")] * 4


async def test_every_event_arrives_in_order_at_one_that_fails_half_the_time_and_hangs(pond: Pond) -> None:
    luck = Random(5)
    members = [UUID(int=i) for i in range(6)]
    async with receiving(answer=lambda _: 200 if luck.random() < 0.5 else 500) as receiver:
        one = await registered(pond, receiver.url, TAGGED)
        for _ in range(4):
            await tagged(pond, *members)
        end = pond.time + PERSISTENCE
        while len(receiver.taken()) < 24 and pond.later(minutes=40) < end:
            await sent(pond)

    by_subject: dict[str, list[int]] = defaultdict(list)
    for told in receiver.taken():
        by_subject[told["subject"]].append(told["sequence"])
    assert len(by_subject) == 6
    assert all(len(found) == 4 and found == sorted(found) for found in by_subject.values())
    assert (await endpoint_of(pond, one))["deliveries"]["totalCount"]["value"] == 24


async def test_one_that_hangs_keeps_no_other_waiting(pond: Pond) -> None:
    async def hang(*_: Any) -> None:
        await asyncio.sleep(60)

    async with receiving(raw=hang) as hanging, receiving() as receiver:
        one = await registered(pond, hanging.url, TAGGED)
        await registered(pond, receiver.url, TAGGED, one.operator)
        await tagged(pond, *(UUID(int=i) for i in range(40)))
        await pond.project()
        sending = asyncio.create_task(resolvers.webhook_sending.send_due(pond.context()))
        await until(lambda: len(receiver.taken()) == 40, 8)

        assert 0 < len(hanging.heard) <= resolvers.webhook_sending.SENT_AT_ONCE_TO_ONE
        sending.cancel()
        with suppress(asyncio.CancelledError):
            await sending


async def test_a_sender_that_is_killed_in_the_middle_loses_nothing(pond: Pond) -> None:
    killed = asyncio.Event()

    async def hang(*_: Any) -> None:
        killed.set()
        await asyncio.sleep(60)

    async with receiving(raw=hang) as receiver:
        one = await registered(pond, receiver.url, TAGGED)
        await tagged(pond, A, B)
        await pond.project()
        sending = asyncio.create_task(resolvers.webhook_sending.send_due(pond.context()))
        await killed.wait()
        sending.cancel()
        with suppress(asyncio.CancelledError):
            await sending
        receiver.raw = None

        assert await sent(pond) == 0
        pond.time += resolvers.webhook_sending.LEASE
        assert await sent(pond) == 2

    assert {delivery["state"] for delivery in await deliveries_of(pond, one)} == {"DELIVERED"}


async def test_eight_senders_at_once_send_each_event_once(pond: Pond) -> None:
    async with receiving() as receiver:
        await registered(pond, receiver.url, TAGGED)
        await tagged(pond, *(UUID(int=i) for i in range(64)))
        await pond.project()
        ctx = pond.context()
        made = await asyncio.gather(*(resolvers.webhook_sending.send_due(ctx) for _ in range(8)))

    assert sum(made) == 64
    assert len({heard.id for heard in receiver.heard}) == len(receiver.heard) == 64


async def test_without_its_lease_a_delivery_is_sent_by_many(pond: Pond, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control of the test above."""
    monkeypatch.setattr(resolvers.webhook_sending, "LEASE", -resolvers.webhook_sending.LEASE)
    gate = asyncio.Event()

    async def wait(*_: Any) -> None:
        await gate.wait()

    async with receiving(raw=wait) as receiver:
        await registered(pond, receiver.url, TAGGED)
        await tagged(pond, A)
        await pond.project()
        senders = [asyncio.create_task(resolvers.webhook_sending.send_due(pond.context())) for _ in range(3)]
        await until(lambda: len(receiver.heard) > 1)
        for sender in senders:
            sender.cancel()
        await asyncio.gather(*senders, return_exceptions=True)

    assert len({heard.id for heard in receiver.heard}) == 1


# When it goes wrong for long.


async def worn_out(pond: Pond, receiver: Receiver) -> Registered:
    """An endpoint that has failed for 72 hours with one event, while another event about the same waits."""
    receiver.answer = lambda _: 500
    one = await registered(pond, receiver.url, TAGGED)
    await tagged(pond, A, A)
    for _ in range(17):
        await sent(pond)
        pond.later(hours=5)
    return one


async def test_after_72_hours_an_event_is_dead_and_its_endpoint_pauses(pond: Pond) -> None:
    async with receiving() as receiver:
        one = await worn_out(pond, receiver)

    found = await endpoint_of(pond, one)
    second, first = found["deliveries"]["nodes"]
    assert (found["state"], found["pauseReason"]) == ("PAUSED", "FAILING")
    assert (first["state"], len(first["attempts"]) >= 12) == ("DEAD", True)
    assert (second["state"], second["attemptCount"]) == ("PENDING", 0)
    assert await deliveries_of(pond, one, state={"eq": "DEAD"}) == [first]
    assert await deliveries_of(pond, one, state={"oneOf": ["DELIVERED"]}) == []


async def test_a_resumed_endpoint_gets_what_was_kept_and_a_replay_what_was_dead(pond: Pond) -> None:
    async with receiving() as receiver:
        one = await worn_out(pond, receiver)
        dead = receiver.heard[0]
        receiver.answer, receiver.heard = (lambda _: 200), []
        await tagged(pond, B)

        assert await sent(pond) == 0
        resumed = (await pond.ask(RESUME, one.operator, input=of_endpoint(one)))["webhookEndpointResume"]
        assert await sent(pond) == 2
        again = await pond.ask(REPLAY, one.operator, input=of_endpoint(one, deadOnly=True))
        assert await sent(pond) == 1

    assert resumed["webhookEndpoint"]["state"] == "ACTIVE"
    assert (again["webhookReplay"]["count"], again["webhookReplay"]["lastEventId"]) == (1, dead.event["id"])
    assert receiver.heard[-1].id == dead.id
    assert {delivery["state"] for delivery in await deliveries_of(pond, one)} == {"DELIVERED"}


async def test_one_that_is_gone_pauses_at_once_and_keeps_what_happens(pond: Pond) -> None:
    async with receiving(answer=lambda _: 410) as receiver:
        one = await registered(pond, receiver.url, TAGGED)
        await tagged(pond, A)
        await sent(pond)
        await tagged(pond, B)

        assert await sent(pond) == 0

    assert (await endpoint_of(pond, one))["pauseReason"] == "GONE"
    assert len(await deliveries_of(pond, one, state={"eq": "PENDING"})) == 2


async def test_a_replay_goes_on_from_a_cursor_and_keeps_the_order(pond: Pond) -> None:
    async with receiving() as receiver:
        one = await registered(pond, receiver.url, TAGGED)
        await tagged(pond, A, A, B, A)
        await sent(pond)
        known = [heard.id for heard in receiver.heard]
        first = next(heard.event["id"] for heard in receiver.heard if heard.event["subject"] == f"mem_{A.hex}")
        receiver.heard.clear()

        asked = of_endpoint(one, afterEventId=first)
        answer = (await pond.ask(REPLAY, one.operator, input=asked))["webhookReplay"]
        await sent(pond)
        behind = of_endpoint(one, afterEventId=answer["lastEventId"])
        nothing = (await pond.ask(REPLAY, one.operator, input=behind))["webhookReplay"]

    assert (answer["count"], nothing["count"], nothing["lastEventId"]) == (3, 0, None)
    assert len(receiver.heard) == 3
    assert {heard.id for heard in receiver.heard} <= set(known)
    sequences = [heard.event["sequence"] for heard in receiver.heard if heard.event["subject"] == f"mem_{A.hex}"]
    assert sequences == sorted(sequences)


async def test_a_new_endpoint_can_have_what_happened_before_it(pond: Pond) -> None:
    async with receiving() as receiver, receiving() as late:
        one = await registered(pond, receiver.url, TAGGED)
        await tagged(pond, A, B)
        await sent(pond)
        other = await registered(pond, late.url, TAGGED, one.operator)

        await pond.ask(REPLAY, other.operator, input=of_endpoint(other))
        assert await sent(pond) == 2

    assert {told["subject"] for told in late.taken()} == {f"mem_{A.hex}", f"mem_{B.hex}"}


async def test_what_is_old_is_forgotten_and_what_follows_it_goes_on(pond: Pond) -> None:
    async with receiving() as receiver:
        one = await registered(pond, receiver.url, TAGGED)
        await tagged(pond, A)
        await sent(pond)
        await pond.ask(PAUSE, one.operator, input=of_endpoint(one))
        await tagged(pond, A)
        await sent(pond)
        pond.later(days=20)
        await tagged(pond, A)
        await sent(pond)
        pond.later(days=11)
        month = timedelta(days=30)
        forgotten = [await resolvers.webhook_sending.forget(pond.context(), month) for _ in range(2)]
        await pond.ask(RESUME, one.operator, input=of_endpoint(one))

        assert await sent(pond) == 1

    assert forgotten == [2, 0]
    assert len(await deliveries_of(pond, one)) == 1


# Staff at work.


async def test_a_test_is_sent_at_once_to_one_that_pauses_too(pond: Pond) -> None:
    async with receiving() as receiver:
        one = await registered(pond, receiver.url, TAGGED)
        await pond.ask(PAUSE, one.operator, input=of_endpoint(one))
        well = (await pond.ask(TEST, one.operator, input=of_endpoint(one)))["webhookTest"]["delivery"]
    down = (await pond.ask(TEST, one.operator, input=of_endpoint(one)))["webhookTest"]["delivery"]

    assert verified(receiver.heard[0], one.secret)["type"] == "webhook.test"
    assert (well["id"], well["state"]) == (receiver.heard[0].id, "DELIVERED")
    assert (down["state"], down["attempts"][0]["failure"]) == ("DEAD", "NOT_CONNECTED")
    assert await sent(pond) == 0


async def test_while_a_secret_changes_both_sign(pond: Pond) -> None:
    async with receiving() as receiver:
        one = await registered(pond, receiver.url, TAGGED)
        rotated = (await pond.ask(ROTATE, one.operator, input=of_endpoint(one)))["webhookSecretRotate"]
        await tagged(pond, A)
        await sent(pond)
        await pond.ask(ROTATE, one.operator, input=of_endpoint(one, oldSecretHours=0))
        pond.later(seconds=1)
        await tagged(pond, A)
        await sent(pond)

    both, alone = receiver.heard
    assert verified(both, one.secret) == verified(both, rotated["secret"])
    assert [len(heard.headers["webhook-signature"].split()) for heard in (both, alone)] == [2, 1]
    for secret in (one.secret, rotated["secret"]):
        with pytest.raises(Exception, match="No matching signature"):
            verified(alone, secret)


async def test_a_secret_is_told_once_and_to_nobody_else(pond: Pond) -> None:
    async with receiving() as receiver:
        one = await registered(pond, receiver.url, TAGGED)
        await tagged(pond, A)
        await sent(pond)

    bare = one.secret.removeprefix("whsec_")
    for table in ("outbox", "webhook_event", "webhook_delivery", "webhook_attempt"):
        assert not [row for row in await pond.select(f"SELECT t::text FROM {table} t") if bare in row[0]], table
    assert bare not in str(receiver.heard)
    assert bare not in str(await endpoint_of(pond, one))


async def test_an_endpoint_is_changed_by_who_knows_its_version(pond: Pond) -> None:
    async with receiving() as receiver:
        one = await registered(pond, receiver.url, TAGGED)
        new = {"webhookEndpointId": one.id, "url": receiver.url + "/2", "types": ["ORDER_PAID"], "description": "ERP"}
        saved = (await pond.ask(SAVE, one.operator, input=new | {"expectedVersion": 1}))["webhookEndpointSave"]
        stale = await pond.refused(SAVE, one.operator, input=new | {"expectedVersion": 1})

    assert saved["secret"] is None
    assert (saved["webhookEndpoint"]["types"], saved["webhookEndpoint"]["version"]) == (["ORDER_PAID"], 2)
    assert [error["code"] for error in stale] == ["STALE_VERSION"]


async def test_a_removed_endpoint_is_told_nothing_more(pond: Pond) -> None:
    async with receiving() as receiver:
        one = await registered(pond, receiver.url, TAGGED)
        await tagged(pond, A)
        await pond.project()
        removed = (await pond.ask(REMOVE, one.operator, input=of_endpoint(one)))["webhookEndpointRemove"]

        assert await sent(pond) == 0

    assert removed["removedId"] == one.id
    assert await endpoint_of(pond, one) is None
    for document in (PAUSE, RESUME, REMOVE, ROTATE, REPLAY, TEST):
        assert [error["code"] for error in await pond.refused(document, one.operator, input=of_endpoint(one))] == [
            "NOT_FOUND"
        ]


@pytest.mark.parametrize(
    "url",
    [
        "http://erp.example/hooks",
        "https://169.254.169.254/",
        "https://127.0.0.1/",
        "https://[::ffff:127.0.0.1]/",
        "https://2130706433/",
        "https://localhost./",
        "https://10.0.0.1.nip.io/",
        "https://100.64.0.1/",
        "https://[fd00::1]/",
        "https://93.184.216.34:6379/",
        "https://a@93.184.216.34/",
        "https://no-such-host.invalid/",
    ],
)
async def test_an_address_that_is_not_public_is_refused(pond: Pond, url: str) -> None:
    pond.services.webhooks = Webhooks()

    errors = await pond.refused(SAVE, await staff(pond, Role.OPERATOR), input={"url": url, "types": TAGGED})

    assert [(error["code"], error["path"]) for error in errors] == [("WEBHOOK_URL_FORBIDDEN", ["input", "url"])]


async def test_there_are_fifty_endpoints_at_most(pond: Pond, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("domain.webhooks.MOST_ENDPOINTS", 3)
    near(pond)
    operator = await staff(pond, Role.OPERATOR)
    wanted = {"url": "http://127.0.0.1:9/", "types": TAGGED}

    answers = await asyncio.gather(*(pond.ask(SAVE, operator, input=wanted) for _ in range(10)))

    assert sum(answer["webhookEndpointSave"]["webhookEndpoint"] is not None for answer in answers) == 3


@pytest.mark.parametrize("wrong", [{"types": []}, {"types": ["TEST"]}, {"description": "x" * 201}])
async def test_an_endpoint_that_asks_for_nothing_is_refused(pond: Pond, wrong: dict[str, Any]) -> None:
    near(pond)
    wanted = {"url": "http://127.0.0.1:9/", "types": TAGGED} | wrong

    errors = await pond.refused(SAVE, await staff(pond, Role.OPERATOR), input=wanted)

    assert [error["code"] for error in errors] == ["BAD_USER_INPUT"]


async def test_endpoints_are_for_operators_alone(pond: Pond) -> None:
    one = await registered(pond, "http://127.0.0.1:9/", TAGGED)
    others: list[Principal] = [await a_member(pond), await staff(pond, Role.FINANCE), await staff(pond, Role.CONTENT)]

    for other in others:
        assert not other.holds(Scope.OPERATOR)
        assert await pond.errors(ENDPOINT, other, id=one.id) != []
        assert await pond.errors(
            "query($id: ID!) { node(id: $id) { ... on WebhookEndpoint { url } } }", other, id=one.id
        )
        assert await pond.errors(TEST, other, input=of_endpoint(one)) != []


# What it costs.


async def test_few_statements_whatever_the_number_of_events(pond: Pond) -> None:
    async with receiving() as receiver:
        one = await registered(pond, receiver.url, TAGGED)
        await registered(pond, receiver.url, TAGGED, one.operator)
        await tagged(pond, *(UUID(int=i) for i in range(50)))
        with statements() as telling:
            await pond.project()
        with statements() as listing:
            await endpoint_of(pond, one)

    assert len([text for text in telling if "webhook_" in text]) == 2
    assert len(listing) == 5  # the endpoint, its page, its count, the events, the attempts


def test_ids_are_those_of_the_api() -> None:
    assert {word.name: word.value for word in Word} == {word.name: schema.ids.Kind[word.name].value for word in Word}


def test_the_document_for_integrators_names_every_type_and_part() -> None:
    text = (Path(__file__).parent.parent.parent / "docs" / "webhooks.md").read_text()

    for kind, shape in SHAPES.items():
        assert f"`{kind.value}`" in text, kind
        for part in shape.parts:
            for name in (part.name, *(inner.name for inner in part.parts)):
                assert f"`{name}`" in text, name
