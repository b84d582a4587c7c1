"""Who asks: scopes, roles and the principal of a request."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime
from enum import Enum
from uuid import UUID

from domain.records import record


class Scope(Enum):
    """What a caller must be to use a field."""

    VISITOR = "VISITOR"
    MEMBER = "MEMBER"
    GUIDE = "GUIDE"
    STAFF = "STAFF"
    OPERATOR = "OPERATOR"
    CONTENT = "CONTENT"
    MODERATOR = "MODERATOR"
    STORE_MANAGER = "STORE_MANAGER"
    FINANCE = "FINANCE"

    __hash__ = object.__hash__  # an enum's own hash is a call of Python, and each request looks its scopes up


class Role(Enum):
    """What a person does for the brand, at one unit of the organisation and all below it (R76)."""

    OPERATOR = "OPERATOR"
    CONTENT = "CONTENT"
    MODERATOR = "MODERATOR"
    STORE_MANAGER = "STORE_MANAGER"
    FINANCE = "FINANCE"


@record
class Duty:
    """One role at one unit. `path` is the unit's place in the organisation tree, such as `hq.east.s1.`."""

    role: Role
    unit_id: UUID
    path: str

    @property
    def is_brand_wide(self) -> bool:
        """Whether it is done at headquarters, the root of the tree.

        >>> [Duty(Role.FINANCE, UUID(int=1), path).is_brand_wide for path in ("hq.", "hq.s1.")]
        [True, False]
        """
        return self.path.count(".") <= 1


@record
class Principal:
    """The caller of a request: a visitor, a member, and whatever else that member is."""

    member_id: UUID | None = None
    guide_id: UUID | None = None
    duties: tuple[Duty, ...] = ()
    session_id: UUID | None = None
    expires_at: datetime | None = None
    scopes: frozenset[Scope] = field(default=frozenset({Scope.VISITOR}))

    def holds(self, scope: Scope) -> bool:
        """Whether the caller is what the scope asks for: for the whole brand, but for STAFF and STORE_MANAGER."""
        return scope in self.scopes

    def still_is(self, before: Principal) -> bool:
        """Whether the caller may do all that they might before: the same person, with no scope or duty less."""
        return (
            self.member_id == before.member_id
            and before.guide_id in (None, self.guide_id)
            and before.scopes <= self.scopes
            and set(before.duties) <= set(self.duties)
        )

    def has_duty(self, role: Role, path: str) -> bool:
        """Whether the caller has this role, or is operator, at the unit with this path or above it."""
        return any(duty.role in (role, Role.OPERATOR) and path.startswith(duty.path) for duty in self.duties)

    def paths_of(self, role: Role) -> list[str]:
        """The units at which, and below which, the caller has this role or is operator."""
        return [duty.path for duty in self.duties if duty.role in (role, Role.OPERATOR)]

    @property
    def is_staff(self) -> bool:
        return bool(self.duties)


VISITOR = Principal()


def scopes_of(*, member: bool, active_guide: bool, duties: tuple[Duty, ...]) -> frozenset[Scope]:
    """All scopes of a person; an operator has every scope of the staff.

    A scope knows no path, so a role below headquarters gives none but STAFF, and to those who run a unit
    STORE_MANAGER: what they may do there, `Principal.has_duty` says with the path of the object.
    """
    scopes = {Scope.VISITOR}
    if member:
        scopes.add(Scope.MEMBER)
    if active_guide:
        scopes.add(Scope.GUIDE)
    if duties:
        scopes.add(Scope.STAFF)
    if any(duty.role in (Role.STORE_MANAGER, Role.OPERATOR) for duty in duties):
        scopes.add(Scope.STORE_MANAGER)
    scopes |= {Scope(duty.role.value) for duty in duties if duty.is_brand_wide}
    if Scope.OPERATOR in scopes:
        scopes |= {Scope(role.value) for role in Role}
    return frozenset(scopes)
