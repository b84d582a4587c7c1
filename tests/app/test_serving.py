"""What the server asks of its machine."""

from __future__ import annotations

import resource

from app.serving import allow_as_many_files_as_may_be


def test_a_server_may_have_as_many_connections_as_the_machine_lets_it() -> None:
    soft, hard = before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, hard // 2), hard))
    try:
        allow_as_many_files_as_may_be()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
