"""GraphQL requests: what a client wants executed, read from JSON of any transport."""

from __future__ import annotations

from typing import Any

from domain.records import record


class Malformed(Exception):
    """The JSON is no GraphQL request; the message says which member is wrong."""


@record
class GraphQLRequest:
    """One operation to be executed."""

    query: str
    variables: dict[str, Any] | None
    operation_name: str | None


def request_from(data: Any) -> GraphQLRequest:
    """Read a request. Members that the specification does not know are passed over.

    Raises:
        Malformed: it is no object, or a member is of a wrong type.
    """
    if not isinstance(data, dict):
        batch = isinstance(data, list)
        raise Malformed("Batches are not supported." if batch else "A request must be a JSON object.")
    query = data.get("query")
    if not isinstance(query, str) or not query:
        raise Malformed("'query' must be a string that is not empty.")
    variables, name, extensions = data.get("variables"), data.get("operationName"), data.get("extensions")
    if variables is not None and not isinstance(variables, dict):
        raise Malformed("'variables' must be an object.")
    if name is not None and not isinstance(name, str):
        raise Malformed("'operationName' must be a string.")
    if extensions is not None and not isinstance(extensions, dict):
        raise Malformed("'extensions' must be an object.")
    return GraphQLRequest(query, variables, name)
