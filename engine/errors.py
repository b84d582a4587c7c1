"""How an operation is refused before it runs."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from graphql import GraphQLError, Node


class Code(StrEnum):
    """`extensions.code` of a refusal."""

    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    OPERATION_RESOLUTION_FAILURE = "OPERATION_RESOLUTION_FAILURE"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    TOKEN_LIMIT = "TOKEN_LIMIT"  # noqa: S105
    DEPTH_LIMIT = "DEPTH_LIMIT"
    COST_LIMIT = "COST_LIMIT"
    BREADTH_LIMIT = "BREADTH_LIMIT"
    ROOT_LIMIT = "ROOT_LIMIT"
    INTROSPECTION_DISABLED = "INTROSPECTION_DISABLED"


class Rejected(Exception):
    """The operation was refused before anything ran."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__("; ".join(error.message for error in errors))
        self.errors = errors


def refusal(code: Code, message: str, nodes: Collection[Node] | Node | None = None) -> GraphQLError:
    """An error that says why, with its code."""
    return GraphQLError(message, nodes, extensions={"code": code.value})


def coded(code: Code, errors: Collection[GraphQLError]) -> list[GraphQLError]:
    """The same errors, each with the code unless it has one of its own."""
    for error in errors:
        error.extensions = {"code": code.value, **(error.extensions or {})}
    return list(errors)
