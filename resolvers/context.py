"""The context of one request: who asks, in which language, and what it may use."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING
from uuid import UUID

from db.connection import Database, Reading
from domain.catalogue import Audience, Viewer, audience_of
from domain.codes import CODE_BYTES, code_of
from domain.identity import VISITOR, Principal, Scope
from domain.refusals import NotAllowed

if TYPE_CHECKING:
    from resolvers.services import Services


class Locale(Enum):
    """A language in which we talk to people."""

    ZH = "zh-CN"
    EN = "en"


@dataclass
class Context:
    """What a request knows and may use. Time, ids and chance come from here, so that a test can set them."""

    database: Database
    services: Services
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]
    principal: Principal = VISITOR
    locale: Locale = Locale.ZH
    request_id: str = "-"
    client: str = "-"
    """Where the request comes from, for limits on visitors: an address."""
    chance: Callable[[int], bytes] = secrets.token_bytes
    """So many bytes that nobody can guess."""

    def new_code(self) -> str:
        """A code for people to pass on: ten characters that nobody can guess."""
        return code_of(self.chance(CODE_BYTES))

    @cached_property
    def reading(self) -> Reading:
        """Statements outside of a transaction."""
        return self.database.reading()

    @property
    def audience(self) -> Audience:
        """Among whom the caller reads the catalogue."""
        return audience_of(self.principal)

    @property
    def viewer(self) -> Viewer:
        """With whose eyes the catalogue is read: those of this very caller."""
        return Viewer(self.audience, self.principal.member_id, self.now())

    @property
    def member_id(self) -> UUID:
        """The member who asks; a field that uses it has the scope MEMBER.

        Raises:
            NotAllowed: a visitor asks.
        """
        if self.principal.member_id is None:
            raise NotAllowed
        return self.principal.member_id

    @property
    def guide_id(self) -> UUID:
        """The guide that the caller is; a field that uses it has the scope GUIDE.

        Raises:
            NotAllowed: one who is no guide asks.
        """
        if self.principal.guide_id is None:
            raise NotAllowed
        return self.principal.guide_id

    def holds(self, scope: Scope) -> bool:
        return self.principal.holds(scope)
