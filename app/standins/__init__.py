"""Stand-ins for services that we call: they speak the real protocol, on one machine, without an account.

Each is a small ASGI application with a clock of its own. They hold what they must in memory, bounded.
"""
