"""RSA with SHA-256 over raw bytes (PKCS #1 v1.5), as WeChat Pay and Alipay sign what they and merchants say."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

_PEM = re.compile(rb"-----BEGIN ")


def sign(key: RSAPrivateKey, message: bytes) -> str:
    """The signature in Base64."""
    return b64encode(key.sign(message, PKCS1v15(), SHA256())).decode()


def fits(key: RSAPublicKey, message: bytes, signature: str) -> bool:
    """Whether the signature, in Base64, is of just these bytes."""
    try:
        key.verify(b64decode(signature, validate=True), message, PKCS1v15(), SHA256())
    except (InvalidSignature, NotBase64, ValueError):
        return False
    return True


def private_key(file: Path) -> RSAPrivateKey:
    """The key in a PEM file, or in one of bare Base64 as Alipay's tool writes it.

    Raises:
        ValueError, TypeError: it holds none.
    """
    key = load_pem_private_key(_pem(file.read_bytes(), "PRIVATE KEY"), password=None)
    if not isinstance(key, RSAPrivateKey):
        msg = f"{file} holds no RSA key"
        raise TypeError(msg)
    return key


def public_key(file: Path) -> RSAPublicKey:
    """The key in a PEM file, or in one of bare Base64.

    Raises:
        ValueError, TypeError: it holds none.
    """
    key = load_pem_public_key(_pem(file.read_bytes(), "PUBLIC KEY"))
    if not isinstance(key, RSAPublicKey):
        msg = f"{file} holds no RSA key"
        raise TypeError(msg)
    return key


def _pem(content: bytes, kind: str) -> bytes:
    if _PEM.search(content):
        return content
    return f"-----BEGIN {kind}-----\n".encode() + content.strip() + f"\n-----END {kind}-----\n".encode()
