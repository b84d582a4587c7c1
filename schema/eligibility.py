"""Eligibility: what it takes to take part in a draw or to grab a red packet, and who pays for it."""

from __future__ import annotations

import strawberry

from domain import eligibility as rules
from domain.identity import Scope
from domain.sponsors import Sponsor
from schema.access import attribute, object_type
from schema.enums import described

described(
    Sponsor,
    "Who pays.",
    SELF="The caller, with coins from the own wallet.",
    BRAND="The brand; for those who keep its books.",
)


@object_type(scope=Scope.VISITOR, description="What it takes to take part, beside being a member; all must hold.")
class EntryConditions:
    bound_to_host: bool = attribute("To be bound to the guide who hosts the room, or a mirror of it (关注主播).")
    password: str | None = attribute(
        "To have said just this in the room since it opened (弹幕口令): send it with `bulletCommentSend`."
    )
    has_ordered: bool = attribute("To have paid an order in the room.")
    least_invited: int = attribute("To have invited so many into the room; 0: nobody.")


@strawberry.input(description="What it takes to take part, beside being a member; all must hold.")
class EntryConditionsInput:
    bound_to_host: bool = strawberry.field(default=False, description="To be bound to the guide who hosts the room.")
    password: str | None = strawberry.field(
        default=None, description="To have said just this in the room since it opened; 1 to 100 characters."
    )
    has_ordered: bool = strawberry.field(default=False, description="To have paid an order in the room.")
    least_invited: int = strawberry.field(default=0, description="To have invited so many into the room, 0 to 1,000.")

    def value(self) -> rules.EntryConditions:
        return rules.EntryConditions(self.bound_to_host, self.password, self.has_ordered, self.least_invited)
