"""Puts the parts together: settings, server, identity, relay, jobs, commands."""
