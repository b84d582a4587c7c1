"""Money as clients see it."""

from __future__ import annotations

from enum import Enum

import strawberry

from domain import money
from domain.identity import Scope
from schema.access import attribute, object_type
from schema.enums import described
from schema.scalars import Decimal, Long


class CurrencyCode(Enum):
    CNY = "CNY"


described(CurrencyCode, "A currency, by its ISO 4217 code.", CNY="Yuan; its smallest unit is the fen (分).")


@object_type(scope=Scope.VISITOR, description="An amount of money, exact.")
class Money:
    amount: Decimal = attribute('Decimal string in whole units, such as "19.90".')
    minor: Long = attribute("Integer in the smallest unit: 1990 fen (分) is 19.90 yuan.")
    currency: CurrencyCode = attribute("Its currency.")


@strawberry.input(description="An amount of money as a whole number of the smallest unit. Floats are refused.")
class MoneyInput:
    minor: Long = strawberry.field(description="Integer in the smallest unit: 1990 is 19.90 yuan.")
    currency: CurrencyCode = strawberry.field(default=CurrencyCode.CNY, description="Its currency.")

    def value(self) -> money.Money:
        return money.Money(self.minor, self.currency.value)


def minor_of(given: MoneyInput | None) -> int:
    """An amount that may be left out, in the smallest unit."""
    return 0 if given is None else given.value().minor
