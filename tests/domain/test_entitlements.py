"""Service entitlements: how long they last."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from domain.entitlements import EntitlementKind, EntitlementTerms, check_terms, end_of
from domain.refusals import BadInput

DELIVERED = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)


def terms(kind: EntitlementKind, base: int = 12, extension: int = 3) -> EntitlementTerms:
    return EntitlementTerms(UUID(int=1), kind, base, extension)


def test_a_warranty_ends_with_its_base_its_extension_and_what_a_right_adds() -> None:
    assert end_of(terms(EntitlementKind.EXTENDED_WARRANTY), DELIVERED, 0, UTC) == datetime(
        2028, 2, 29, 9, 0, tzinfo=UTC
    )
    assert end_of(terms(EntitlementKind.EXTENDED_WARRANTY), DELIVERED, 1, UTC) == datetime(
        2028, 3, 30, 9, 0, tzinfo=UTC
    )


def test_a_right_to_a_longer_warranty_makes_no_service_longer() -> None:
    plain = terms(EntitlementKind.FREE_SERVICE)

    assert end_of(plain, DELIVERED, 12, UTC) == end_of(plain, DELIVERED, 0, UTC)


def test_terms_have_some_time() -> None:
    with pytest.raises(BadInput):
        check_terms(terms(EntitlementKind.FREE_SERVICE, 0, 0))
