"""Egress: where a server of ours may send what somebody typed an address for (reliability J10 to J12, J17)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import ClassVar, TypeAlias
from urllib.parse import SplitResult, urlsplit

from domain.records import record
from domain.refusals import ErrorCode, Refusal

LONGEST_URL = 2_000
HTTPS = 443

Address: TypeAlias = IPv4Address | IPv6Address

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"(?=.{{4,253}}$)(?:{_LABEL}\.)+(?!\d+$|0x)[a-z0-9-]{{2,63}}")
_OWN_NAMES = ("localhost", "local", "localdomain", "internal", "intranet", "lan", "home.arpa", "in-addr.arpa")
_NAMES_THAT_SPELL_ADDRESSES = ("nip.io", "sslip.io", "xip.io", "localtest.me", "lvh.me")
_PUBLIC_V6 = IPv6Network("2000::/3")


@dataclass(eq=False)
class WebhookUrlForbidden(Refusal):
    """Nothing is sent to this address. `rule` says what is allowed, in English and Chinese."""

    code: ClassVar[ErrorCode] = ErrorCode.WEBHOOK_URL_FORBIDDEN
    rule: str = ""
    rule_zh: str = ""


@record
class EgressTerms:
    """What a deployment allows: the ports, and whether this very machine may be called, which is for development."""

    ports: frozenset[int] = frozenset({HTTPS, 8443})
    loopback: bool = False


@record
class Target:
    """A URL in its parts, read once, so that whoever checks it and whoever connects cannot read it differently."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """The host, and the port where it is not the usual one, as a request names them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = HTTPS if self.scheme == "https" else 80
        return host if self.port == usual else f"{host}:{self.port}"


def target_of(url: str, terms: EgressTerms, *path: str) -> Target:
    """The parts of a URL to which something may be sent, as far as its text tells.

    Raises:
        WebhookUrlForbidden: it is no https URL of a public host at an allowed port.
    """
    parts, port = _split(url, path)
    host = (parts.hostname or "").removesuffix(".")
    address = _literal(host)
    is_own = terms.loopback and (host == "localhost" or (address is not None and address.is_loopback))
    if parts.scheme != "https" and not (is_own and parts.scheme == "http"):
        raise WebhookUrlForbidden("https alone", "必须使用 https", path=path)
    port = port or (HTTPS if parts.scheme == "https" else 80)
    if not is_own:
        _check_public(host, address, path)
        if port not in terms.ports:
            allowed = ", ".join(map(str, sorted(terms.ports)))
            raise WebhookUrlForbidden(f"one of the ports {allowed}", f"端口只能是 {allowed}", path=path)
    query = f"?{parts.query}" if parts.query else ""
    return Target(parts.scheme, host, port, (parts.path or "/") + query)


def _split(url: str, path: tuple[str, ...]) -> tuple[SplitResult, int | None]:
    """The parts of a URL, as long as no two programs could read it differently."""
    plain = len(url) <= LONGEST_URL and url.isascii() and url.isprintable() and not set(url) & set(' \\"<>^`{|}')
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        plain = False
    if not plain or not parts.hostname or "@" in parts.netloc or "%" in parts.netloc or "#" in url:
        raise WebhookUrlForbidden(
            f"a URL of at most {LONGEST_URL} ASCII characters, without user or fragment",
            f"应为不超过 {LONGEST_URL} 个 ASCII 字符的网址,不含用户名和片段",
            path=path,
        )
    return parts, port


def _check_public(host: str, address: Address | None, path: tuple[str, ...]) -> None:
    own = any(f".{host}".endswith(f".{name}") for name in (*_OWN_NAMES, *_NAMES_THAT_SPELL_ADDRESSES))
    if not (is_public(address) if address is not None else _NAME.fullmatch(host) and not own):
        raise WebhookUrlForbidden("a host on the public internet", "必须是公网主机", path=path)


def _literal(host: str) -> Address | None:
    """The address that a host spells in the usual way. Spelled as `0` or `0x7f.1` it is no name either."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def may_connect(address: Address, terms: EgressTerms) -> bool:
    """Whether a connection may be made to an address that a name has led to."""
    return is_public(address) or (terms.loopback and _plain(address).is_loopback)


def is_public(address: Address) -> bool:
    """Whether an address is one of the public internet's, and no other in disguise.

    >>> [is_public(ip_address(a)) for a in ("93.184.216.34", "100.64.0.1", "::ffff:127.0.0.1", "2002:7f00:1::")]
    [True, False, False, False]
    """
    plain = _plain(address)
    if not plain.is_global or plain.is_multicast or plain.is_reserved:
        return False
    return isinstance(plain, IPv4Address) or (plain in _PUBLIC_V6 and plain.sixtofour is None and plain.teredo is None)


def _plain(address: Address) -> Address:
    """An IPv4 address that is written as IPv6, as what it is."""
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
