"""Texts in documents, held to what those in variables are held to when their JSON is read."""

from __future__ import annotations

from typing import Any

from graphql import ASTValidationRule, GraphQLError, StringValueNode


class StorableTexts(ASTValidationRule):
    """Refuses NUL, which PostgreSQL cannot hold, wherever a text stands. Half characters do not even parse."""

    def enter_string_value(self, node: StringValueNode, *_: Any) -> None:
        if "\0" in node.value:
            code = {"code": "BAD_USER_INPUT"}
            self.report_error(GraphQLError("A text cannot hold the character U+0000.", node, extensions=code))
