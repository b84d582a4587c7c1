"""Whom we call: identity, payment and message services."""
