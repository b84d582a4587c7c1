"""Errors at the top of an answer: who may not ask, what may not be asked, and faults, masked."""

from __future__ import annotations

import logging
from typing import Any

from graphql import GraphQLError

from domain.identity import Scope
from domain.outages import Outage, TooSlow
from domain.refusals import Refusal, Refusals
from resolvers.context import Context, Locale
from schema.messages import message_of

_logger = logging.getLogger("yutang.faults")


def authorise(scopes: frozenset[object], ctx: Context) -> None:
    """Refuse an operation that has a field which the caller may not use.

    Raises:
        GraphQLError: UNAUTHENTICATED when logging in might help, else FORBIDDEN.
    """
    missing = [scope for scope in scopes if isinstance(scope, Scope) and not ctx.holds(scope)]
    if not missing:
        return
    if ctx.principal.member_id is None:
        raise _error(ctx, "UNAUTHENTICATED", "请先登录。", "Log in first.")
    names = ", ".join(sorted(scope.value for scope in missing))
    raise _error(ctx, "FORBIDDEN", f"需要权限:{names}。", f"This takes the scope {names}.")


def masked(error: GraphQLError, ctx: Context) -> GraphQLError:
    """What the client sees of an error that a resolver raised.

    A refusal says why, an outage that it may pass, a fault only its request id.
    """
    cause = error.original_error
    if isinstance(cause, Refusals):
        cause = cause.members[0]
    if isinstance(cause, Refusal):
        extensions = {"code": cause.code.value, "retryable": cause.retryable, "inputPath": list(cause.path)}
        return _same_place(error, message_of(cause, ctx.locale), extensions)
    if isinstance(cause, Outage):
        return _outage(error, cause, ctx)
    if cause is None and error.extensions:
        return error
    _logger.error("fault in request %s at %s", ctx.request_id, error.path, exc_info=cause)
    message = "Something went wrong." if ctx.locale is Locale.EN else "服务出错了,请稍后重试。"
    return _same_place(error, message, {"code": "INTERNAL", "requestId": ctx.request_id})


def _outage(error: GraphQLError, cause: Outage, ctx: Context) -> GraphQLError:
    """The client may ask again. Outages come in crowds, so the log has a line for each and no traceback."""
    _logger.warning("outage in request %s at %s: %r, %r", ctx.request_id, error.path, cause, cause.__cause__)
    if isinstance(cause, TooSlow):
        code, chinese, english = "TIMEOUT", "处理超时,请稍后重试。", "It took too long; please try again later."
    else:
        code, chinese, english = "OVERLOADED", "服务繁忙,请稍后重试。", "Too much is going on; please try again later."
    message = english if ctx.locale is Locale.EN else chinese
    return _same_place(error, message, {"code": code, "retryable": True})


def _same_place(error: GraphQLError, message: str, extensions: dict[str, Any]) -> GraphQLError:
    return GraphQLError(message, nodes=error.nodes, path=error.path, extensions=extensions)


def _error(ctx: Context, code: str, chinese: str, english: str) -> GraphQLError:
    return GraphQLError(english if ctx.locale is Locale.EN else chinese, extensions={"code": code})
