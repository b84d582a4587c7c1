"""Sending webhooks to receivers that are not to be trusted (reliability J11 to J15)."""

from __future__ import annotations

import asyncio
import gzip
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from domain.egress import Address, EgressTerms, WebhookUrlForbidden, target_of
from domain.webhooks import Answer, WebhookFailure
from providers import webhooks
from providers.webhooks import MOST_READ, Webhooks
from tests.makers_webhooks import Heard, receiving

HERE = EgressTerms(loopback=True)


async def post(url: str, sender: Webhooks | None = None, within_s: float = 5) -> Answer:
    sender = sender or Webhooks(HERE)
    async with sender.open() as wire:
        return await wire.send(target_of(url, HERE), {"webhook-id": "whd_1"}, b"{}", within_s)


def leading_to(*addresses: str) -> webhooks.Resolve:
    """A name service that says one thing after the other, the last one for ever."""
    left = [[ip_address(one)] for one in addresses]

    async def resolve(_: str, __: int) -> Sequence[Address]:
        return left.pop(0) if len(left) > 1 else left[0]

    return resolve


async def test_a_name_that_leads_elsewhere_later_is_not_followed() -> None:
    sender = Webhooks(EgressTerms(), leading_to("93.184.216.34", "127.0.0.1"))
    target = target_of("https://erp.example/", EgressTerms())

    await sender.check(target)
    async with sender.open() as wire:
        answer = await wire.send(target, {}, b"{}")

    assert answer.failure is WebhookFailure.ADDRESS_FORBIDDEN


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "10.0.0.1", "::ffff:127.0.0.1", "fd00::1"])
async def test_a_name_that_leads_to_a_private_address_is_refused_when_it_is_saved(address: str) -> None:
    sender = Webhooks(EgressTerms(), leading_to(address))

    with pytest.raises(WebhookUrlForbidden):
        await sender.check(target_of("https://erp.example/", EgressTerms()))


async def test_the_connection_is_made_to_the_address_that_was_looked_at() -> None:
    async with receiving() as receiver:
        port = int(receiver.url.split(":")[2].partition("/")[0])
        sender = Webhooks(EgressTerms(frozenset({port}), loopback=True), leading_to("127.0.0.1", "10.0.0.1"))
        async with sender.open() as wire:
            target = target_of(f"http://localhost:{port}/a?b=c", HERE)
            answer = await wire.send(target, {"webhook-id": "whd_1"}, b"{}")

    (heard,) = receiver.heard
    assert answer.status == 204
    assert (heard.path, heard.headers["host"]) == ("/a?b=c", f"localhost:{port}")
    assert heard.headers["accept-encoding"] == "identity"


async def test_a_redirect_is_not_followed() -> None:
    async def redirect(_: Heard, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 302 Found\r\nLocation: {other.url}\r\nContent-Length: 0\r\n\r\n".encode())

    async with receiving() as other, receiving(raw=redirect) as receiver:
        answer = await post(receiver.url)

    assert (answer.status, answer.failure) == (302, WebhookFailure.REDIRECTED)
    assert other.heard == []


async def test_an_endless_answer_is_read_to_its_limit() -> None:
    written = 0

    async def flood(_: Heard, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        while True:
            writer.write(b"x" * 65_536)
            written += 65_536
            await writer.drain()

    async with receiving(raw=flood) as receiver:
        answer = await post(receiver.url)

    assert (answer.status, answer.failure, len(answer.response)) == (200, None, 500)
    assert written < 200 * MOST_READ


async def test_a_dripping_answer_takes_no_longer_than_allowed() -> None:
    async def drip(_: Heard, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 500 No\r\nContent-Length: 100\r\n\r\n")
        while True:
            writer.write(b"x")
            await asyncio.sleep(0.02)

    async with receiving(raw=drip) as receiver:
        answer = await post(receiver.url, within_s=0.2)

    assert (answer.status, answer.failure) == (500, WebhookFailure.REFUSED)
    assert answer.response.startswith("x")
    assert answer.duration_ms < 2_000


async def test_no_answer_in_time_is_a_failure() -> None:
    async def hang(*_: object) -> None:
        await asyncio.sleep(60)

    async with receiving(raw=hang) as receiver:
        answer = await post(receiver.url, within_s=0.1)

    assert (answer.status, answer.failure) == (None, WebhookFailure.TIMED_OUT)


async def test_a_compressed_answer_stays_as_it_is() -> None:
    bomb = gzip.compress(b"x" * 10_000_000)

    async def explode(_: Heard, writer: asyncio.StreamWriter) -> None:
        head = f"HTTP/1.1 500 No\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n"
        writer.write(head.encode() + bomb)
        await writer.drain()

    async with receiving(raw=explode) as receiver:
        answer = await post(receiver.url)

    assert "xxx" not in answer.response


@pytest.mark.parametrize(
    ("said", "failure"),
    [
        (b"SSH-2.0-OpenSSH\r\n\r\n", WebhookFailure.BROKE_OFF),
        (b"", WebhookFailure.BROKE_OFF),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", None),
    ],
)
async def test_what_is_no_http_is_a_failure(said: bytes, failure: WebhookFailure | None) -> None:
    async def say(_: Heard, writer: asyncio.StreamWriter) -> None:
        writer.write(said)

    async with receiving(raw=say) as receiver:
        assert (await post(receiver.url)).failure is failure


async def test_nobody_there_and_no_such_name_are_told_apart() -> None:
    async with receiving() as receiver:
        pass

    assert (await post(receiver.url)).failure is WebhookFailure.NOT_CONNECTED
    sender = Webhooks(EgressTerms())
    async with sender.open() as wire:
        answer = await wire.send(target_of("https://no-such-host.invalid/", EgressTerms()), {}, b"{}")
    assert answer.failure is WebhookFailure.NAME_UNKNOWN


async def test_a_receiver_may_ask_to_wait() -> None:
    async def busy(_: Heard, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 429 Busy\r\nRetry-After: 90\r\nContent-Length: 0\r\n\r\n")

    async with receiving(raw=busy) as receiver:
        assert (await post(receiver.url)).retry_after == timedelta(seconds=90)


def a_certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, Path]:
    """A server's context with a certificate that it signed itself, and that certificate."""
    key, subject = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, private = folder / "certificate.pem", folder / "key.pem"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem, private)
    return context, pem


@pytest.mark.parametrize(
    ("name", "trusted", "failure"),
    [
        pytest.param("localhost", False, WebhookFailure.TLS_FAILED, id="signed by nobody we trust"),
        pytest.param("other.example", True, WebhookFailure.TLS_FAILED, id="for another host"),
        pytest.param("localhost", True, None, id="as it should be"),
    ],
)
async def test_a_certificate_is_verified_for_the_host(
    tmp_path: Path, name: str, trusted: bool, failure: WebhookFailure | None
) -> None:
    context, pem = a_certificate(tmp_path, name)
    trust = ssl.create_default_context(cafile=str(pem)) if trusted else None
    async with receiving(tls=context) as receiver:
        url = receiver.url.replace("127.0.0.1", "localhost")
        answer = await post(url, Webhooks(HERE, leading_to("127.0.0.1"), trust))

    assert answer.failure is failure
