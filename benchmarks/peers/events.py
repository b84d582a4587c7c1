"""What the peers show: a bullet comment as our schema shows it, so that all servers write the same bytes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import uuid_utils.compat


def posted(seq: int, text: str) -> dict[str, Any]:
    """A `BulletCommentPosted` that happens now, as far as the benchmark's query asks for it."""
    at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    comment = {"id": f"blt_{uuid_utils.compat.uuid7().hex}", "text": text, "senderName": "Xiao Yu"}
    return {"seq": seq, "at": at, "comment": comment}
