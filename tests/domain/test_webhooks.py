"""Webhooks: retries, health, signatures, and where nothing is sent."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from domain.egress import EgressTerms, WebhookUrlForbidden, is_public, may_connect, target_of
from domain.refusals import BadInput
from domain.webhook_events import SHAPES, WebhookEvent, WebhookEventType, Word, check_types, envelope, event_of
from domain.webhooks import (
    GONE,
    LEAST_ATTEMPTS,
    PERSISTENCE,
    Answer,
    Attempt,
    Due,
    EndpointDraft,
    Outcome,
    WebhookDeliveryState,
    WebhookEndpoint,
    WebhookEndpointState,
    WebhookFailure,
    WebhookPauseReason,
    after,
    headers_of,
    new_secret,
    next_try,
    outcome,
    pause,
    readable,
    resume,
    rotated,
    shown,
    status_failure,
)

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
OLD, NEW = new_secret(b"o" * 32), new_secret(b"n" * 32)
AN_EVENT = WebhookEvent(UUID(int=1), WebhookEventType.ORDER_PAID, UUID(int=2), 7, NOON, {"number": "N1"})
AN_ENDPOINT = WebhookEndpoint(
    UUID(int=3), "https://erp.example/hooks", frozenset({WebhookEventType.ORDER_PAID}), "", NOON
)
A_DUE = Due(UUID(int=4), AN_ENDPOINT.id, AN_ENDPOINT.url, (NEW, OLD), AN_EVENT, 1, NOON)
DOWN = Answer(None, WebhookFailure.NOT_CONNECTED)
WELL = Answer(204, None)


def an_outcome(answer: Answer, at: datetime = NOON, due: Due = A_DUE) -> Outcome:
    return outcome(due, Attempt(UUID(int=5), due.delivery_id, at, answer), at, 0.0)


# Retries (reliability P5).


@given(st.lists(st.floats(0, 1), min_size=60, max_size=60))
def test_an_event_is_tried_for_72_hours_and_12_times_at_least(spreads: list[float]) -> None:
    at, due, pauses = NOON, A_DUE, []
    for spread in spreads:
        then = next_try(due, DOWN, at, spread)
        if then is None:
            break
        pauses.append((then - at).total_seconds())
        at, due = then, replace(due, attempts=due.attempts + 1)

    assert at - NOON == PERSISTENCE
    assert LEAST_ATTEMPTS <= due.attempts <= 20
    assert 5 <= pauses[0] <= 6


def test_after_an_outage_of_ours_it_is_still_tried_12_times() -> None:
    late = NOON + timedelta(hours=90)

    assert next_try(replace(A_DUE, attempts=2), DOWN, late, 0) == late + timedelta(seconds=30)
    assert next_try(replace(A_DUE, attempts=12), DOWN, late, 0) is None


@pytest.mark.parametrize(
    ("asked", "pause_s"),
    [
        pytest.param(timedelta(seconds=60), 60, id="longer than ours"),
        pytest.param(timedelta(seconds=1), 5, id="shorter than ours"),
        pytest.param(timedelta(days=2), 3600, id="an hour is the most"),
    ],
)
def test_a_receiver_may_ask_for_a_longer_pause(asked: timedelta, pause_s: int) -> None:
    answer = Answer(429, WebhookFailure.REFUSED, retry_after=asked)

    assert next_try(A_DUE, answer, NOON, 0) == NOON + timedelta(seconds=pause_s)


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (200, None),
        (299, None),
        (301, WebhookFailure.REDIRECTED),
        (404, WebhookFailure.REFUSED),
        (500, WebhookFailure.REFUSED),
    ],
)
def test_2xx_alone_says_that_it_has_arrived(status: int, failure: WebhookFailure | None) -> None:
    assert status_failure(status) is failure


def test_a_test_is_tried_once() -> None:
    due = replace(A_DUE, event=replace(AN_EVENT, type=WebhookEventType.TEST))

    assert an_outcome(DOWN, due=due).state is WebhookDeliveryState.DEAD
    assert an_outcome(DOWN).state is WebhookDeliveryState.PENDING


# How an endpoint fares.


def test_an_endpoint_that_failed_for_72_hours_pauses() -> None:
    failing = after(AN_ENDPOINT, [an_outcome(DOWN)], NOON)
    just_before = after(failing, [an_outcome(DOWN)], NOON + PERSISTENCE - timedelta(seconds=1))
    over = after(just_before, [an_outcome(DOWN)], NOON + PERSISTENCE)

    assert (failing.failing_since, just_before.state) == (NOON, WebhookEndpointState.ACTIVE)
    assert (over.state, over.pause_reason) == (WebhookEndpointState.PAUSED, WebhookPauseReason.FAILING)


def test_one_success_makes_it_well() -> None:
    failing = after(AN_ENDPOINT, [an_outcome(DOWN)] * 12, NOON)

    assert failing.resting_until == NOON + timedelta(seconds=20)
    assert after(failing, [an_outcome(DOWN), an_outcome(WELL)], NOON) == AN_ENDPOINT


def test_one_that_is_gone_pauses_at_once() -> None:
    gone = after(AN_ENDPOINT, [an_outcome(Answer(GONE, WebhookFailure.REFUSED))], NOON)

    assert gone.pause_reason is WebhookPauseReason.GONE


def test_an_endpoint_that_is_tired_rests_for_five_minutes_at_most() -> None:
    ever = after(replace(AN_ENDPOINT, failures=10_000), [an_outcome(DOWN)], NOON)

    assert ever.resting_until == NOON + timedelta(minutes=5)


def test_a_test_says_nothing_about_its_health() -> None:
    due = replace(A_DUE, event=replace(AN_EVENT, type=WebhookEventType.TEST))

    assert after(AN_ENDPOINT, [an_outcome(DOWN, due=due)], NOON) == AN_ENDPOINT


def test_what_pauses_can_be_resumed_and_begins_anew() -> None:
    paused = pause(after(AN_ENDPOINT, [an_outcome(DOWN)], NOON), WebhookPauseReason.STAFF, NOON)

    assert resume(paused) == replace(AN_ENDPOINT, version=3)
    assert pause(paused, WebhookPauseReason.GONE, NOON) == paused
    assert resume(AN_ENDPOINT) == AN_ENDPOINT
    assert after(paused, [an_outcome(WELL)], NOON) == paused


# Signatures (reliability J16), verified by an independent peer.


def test_a_receiver_with_either_secret_verifies() -> None:
    body = b'{"type":"order.paid"}'
    headers = headers_of(A_DUE, body, datetime.now(UTC))

    for secret in (OLD, NEW):
        assert Webhook(secret).verify(body, headers) == {"type": "order.paid"}
    assert headers["webhook-id"] == f"whd_{A_DUE.delivery_id.hex}"


@pytest.mark.parametrize("wrong", ["body", "id", "timestamp", "signature", "old"])
def test_a_receiver_refuses_what_was_changed_or_is_old(wrong: str) -> None:
    at = datetime.now(UTC) - timedelta(minutes=6 if wrong == "old" else 0)
    headers, body = headers_of(A_DUE, b"{}", at), b"{}"
    if wrong == "body":
        body = b'{"a":1}'
    elif wrong != "old":
        headers[f"webhook-{wrong}"] = {"id": "whd_2", "timestamp": str(int(at.timestamp()) + 1)}.get(wrong, "v1,AAAA")

    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(body, headers)


def test_a_secret_has_256_bits() -> None:
    assert len(b64decode(NEW.removeprefix("whsec_"))) == 32


@pytest.mark.parametrize("hours", [-1, 169])
def test_an_old_secret_is_good_for_a_week_at_most(hours: int) -> None:
    with pytest.raises(BadInput):
        rotated(AN_ENDPOINT, hours, NOON)

    assert rotated(AN_ENDPOINT, 0, NOON).old_secret_until == NOON


# What an event says.


def test_every_type_but_the_test_is_made_of_facts() -> None:
    assert SHAPES.keys() == set(WebhookEventType)
    facts = [fact for shape in SHAPES.values() for fact in shape.facts]
    assert len(facts) == len(set(facts))
    assert [kind for kind, shape in SHAPES.items() if not shape.facts] == [WebhookEventType.TEST]


@pytest.mark.parametrize("kind", [one for one in WebhookEventType if one is not WebhookEventType.TEST])
def test_every_part_is_there_whatever_the_fact_lacks(kind: WebhookEventType) -> None:
    event = event_of(UUID(int=1), SHAPES[kind].facts[0], UUID(int=2), 7, NOON, {"a secret": "whsec_"})

    assert event.data.keys() == {part.name for part in SHAPES[kind].parts}
    assert "whsec_" not in str(envelope(event))


def test_an_order_is_told_with_public_ids_and_money() -> None:
    key = UUID(int=9)
    fact = {
        "order": key.hex,
        "number": "N1",
        "member": key.hex,
        "state": "PAID",
        "total_minor": 19_90,
        "currency": "CNY",
        "guide": None,
        "version": 2,
        "lines": [{"variant": key.hex, "quantity": 3}],
        "address": {"phone": "13800000000"},
    }

    assert envelope(event_of(UUID(int=1), "OrderPaid", key, 7, NOON, fact)) == {
        "type": "order.paid",
        "timestamp": "2026-11-22T04:00:00.000Z",
        "id": f"whv_{UUID(int=1).hex}",
        "subject": f"ord_{key.hex}",
        "sequence": 7,
        "data": {
            "orderId": f"ord_{key.hex}",
            "number": "N1",
            "state": "PAID",
            "memberId": f"mem_{key.hex}",
            "guideId": None,
            "total": {"amount": "19.90", "minor": 1990, "currency": "CNY"},
            "lines": [{"variantId": f"var_{key.hex}", "quantity": 3}],
            "version": 2,
        },
    }


def test_a_refund_is_told_by_lines() -> None:
    line = UUID(int=4)
    event = event_of(UUID(int=1), "OrderRefunded", UUID(int=2), 7, NOON, {"units": {line.hex: [0, 2]}})

    assert event.data["units"] == [{"orderLineId": f"{Word.ORDER_LINE.value}_{line.hex}", "quantity": 2}]


def test_an_endpoint_asks_for_types_and_gets_tests_without_asking() -> None:
    assert check_types([WebhookEventType.TEST, WebhookEventType.ORDER_PAID]) == {WebhookEventType.ORDER_PAID}
    with pytest.raises(BadInput):
        EndpointDraft("https://erp.example", [WebhookEventType.TEST]).checked()


def test_an_answer_is_cut_and_can_be_shown() -> None:
    assert shown(readable(b"<script>\x00" + b"x" * 9_000)) == "&lt;script&gt;�" + "x" * 491


# Where nothing is sent (reliability J10).

FORBIDDEN = [
    "http://erp.example/hooks",
    "ftp://erp.example/hooks",
    "https://169.254.169.254/latest/meta-data",
    "https://127.0.0.1/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::1]/",
    "https://[::127.0.0.1]/",
    "https://0/",
    "https://0.0.0.0/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f.0.0.1/",
    "https://0x7f.0x1/",
    "https://017700000001/",
    "https://localhost/",
    "https://localhost./",
    "https://a.localhost/",
    "https://10.0.0.1.nip.io/",
    "https://erp.internal/",
    "https://erp/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://192.168.1.1/",
    "https://100.64.0.1/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://[fd00::1]/",
    "https://[fe80::1]/",
    "https://[fe80::1%25eth0]/",
    "https://[ff02::1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[2001:0:7f00:1::]/",
    "https://erp.example:6379/",
    "https://erp.example:22/",
    "https://erp.example:99999/",
    "https://a@b.example/",
    "https://erp.example@127.0.0.1/",
    "https://erp.example#@127.0.0.1/",
    "https://erp.example\\@127.0.0.1/",
    "https://erp.example/\r\nHost: other",
    "https://erp.example/a b",
    "https://erp.example\t/",
    "https://ⓔxample.com/",
    "https:///hooks",
    "https://[::1",
    "https://erp%2eexample/",
    "https://-erp.example/",
    "//erp.example",
    "erp.example",
    "",
    "https://erp.example/" + "a" * 2_000,
]


@pytest.mark.parametrize("url", FORBIDDEN)
def test_nothing_is_sent_to(url: str) -> None:
    with pytest.raises(WebhookUrlForbidden) as refused:
        target_of(url, EgressTerms(), "input", "url")

    assert refused.value.path == ("input", "url")


@pytest.mark.parametrize(
    ("url", "authority", "path"),
    [
        ("https://erp.example/hooks?a=1", "erp.example", "/hooks?a=1"),
        ("https://ERP.example.", "erp.example", "/"),
        ("https://erp.example:8443/a", "erp.example:8443", "/a"),
        ("https://xn--fiqs8s.cn/a", "xn--fiqs8s.cn", "/a"),
        ("https://93.184.216.34/a", "93.184.216.34", "/a"),
        ("https://[2606:2800:220:1::1]/a", "[2606:2800:220:1::1]", "/a"),
    ],
)
def test_a_public_address_by_https_is_allowed(url: str, authority: str, path: str) -> None:
    target = target_of(url, EgressTerms())

    assert (target.authority, target.path) == (authority, path)


def test_this_machine_may_be_called_where_that_is_set() -> None:
    for url in ("http://127.0.0.1:9/a", "http://localhost:9/a", "https://[::1]:9/a"):
        assert target_of(url, EgressTerms(loopback=True)).port == 9
    for url in ("http://10.0.0.1/", "http://erp.example/", "https://10.0.0.1/"):
        with pytest.raises(WebhookUrlForbidden):
            target_of(url, EgressTerms(loopback=True))


def test_a_name_is_followed_to_public_addresses_alone() -> None:
    assert is_public(ip_address("93.184.216.34"))
    for other in ("127.0.0.1", "::ffff:10.0.0.1", "100.64.0.1", "fd00::1", "64:ff9b::7f00:1", "240.0.0.1"):
        assert not may_connect(ip_address(other), EgressTerms())
    assert may_connect(ip_address("::ffff:127.0.0.1"), EgressTerms(loopback=True))
    assert not may_connect(ip_address("10.0.0.1"), EgressTerms(loopback=True))
