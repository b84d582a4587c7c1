"""Service figures: averages, rates, and when they are alarming."""

from __future__ import annotations

from uuid import UUID

from domain.service_figures import ServiceAlertKind, ServiceFigures, ServiceTerms, alarming

TERMS = ServiceTerms()


def figures(**known: int | None) -> ServiceFigures:
    none = dict.fromkeys(("complaints", "answered", "unanswered", "ratings", "stars", "orders"), 0)
    return ServiceFigures(UUID(int=1), UUID(int=2), **{**none, "answer_s": None, **known})  # type: ignore[arg-type]


def test_averages_are_rounded_half_up_and_rates_against_the_guide() -> None:
    assert figures(ratings=2, stars=9).rating_tenths == 45
    assert figures(ratings=3, stars=14).rating_tenths == 47
    assert figures(complaints=1, orders=3).complaints_bp == 3334
    assert (figures().rating_tenths, figures().complaints_bp) == (None, None)


def test_nothing_is_alarming_of_whom_little_is_known() -> None:
    assert alarming(figures(ratings=4, stars=4, complaints=1, orders=19), TERMS) == {}


def test_each_bound_is_alarming_beyond_itself() -> None:
    assert alarming(figures(answer_s=12 * 3600, answered=1), TERMS) == {}
    found = alarming(
        figures(answer_s=12 * 3600 + 1, answered=1, unanswered=1, ratings=5, stars=19, complaints=1, orders=20), TERMS
    )
    assert found == {
        ServiceAlertKind.SLOW_ANSWERS: (43201, 43200),
        ServiceAlertKind.UNANSWERED: (1, 0),
        ServiceAlertKind.LOW_RATING: (38, 40),
        ServiceAlertKind.MANY_COMPLAINTS: (500, 200),
    }
