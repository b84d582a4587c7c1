"""Answers of providers that are signed rightly and yet say nothing that we understand."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from domain.gateways import SignatureWrong
from domain.refusals import ProviderUnavailable

T = TypeVar("T")


def answered(read: Callable[[], T]) -> T:
    """What an answer says.

    Raises:
        ProviderUnavailable: it cannot be read, so that nothing is known.
    """
    try:
        return read()
    except (KeyError, ValueError, TypeError, AttributeError, SignatureWrong) as failure:
        raise ProviderUnavailable from failure
