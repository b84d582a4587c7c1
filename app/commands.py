"""The command `yutang`. What a command does stands in a module of its own, which is loaded when it is called."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from app.settings import Settings

app = typer.Typer(
    name="yutang",
    help="Yutang · 鱼塘：品牌自己的会员、内容、直播与交易，一个 GraphQL。\n\n"
    "Headless commerce and content over one GraphQL schema. Settings come from the environment "
    "(DATABASE_URL, BUS_URL, YUTANG_…) or a file .env.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
imports = typer.Typer(name="import", help="Bring in products, content and people from elsewhere.", no_args_is_help=True)
app.add_typer(imports)

Port = Annotated[int | None, typer.Option(help="The port to listen on.", min=1, max=65535)]


def main() -> None:
    """Run the command; what the user can mend is told in one line.

    Who is told to end, ends in order: a PostgreSQL that was started for the command is stopped.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        app()
    except _expected() as error:
        _fail(_said(error))


def _expected() -> tuple[type[Exception], ...]:
    """What goes wrong outside of us: told without a traceback. Loaded modules only, to be quick."""
    kinds: list[type[Exception]] = [OSError]
    for module, names in {
        "asyncpg": ["PostgresError", "InterfaceError"],
        "pydantic": ["ValidationError"],
        "app.serving": ["CannotServe"],
        "app.plays": ["BadPlugin"],
        "app.demo.run": ["CannotDemonstrate"],
        "app.imports.report": ["CannotImport"],
    }.items():
        if module in sys.modules:
            kinds += [getattr(sys.modules[module], name) for name in names]
    return tuple(kinds)


def _said(error: Exception) -> str:
    if type(error).__name__ == "ValidationError":
        wrong: Any = error
        return "\n".join(
            f"setting {'.'.join(map(str, one['loc']))}: {one['msg']}" for one in wrong.errors(include_url=False)
        )
    return str(error) or type(error).__name__


def _fail(message: str) -> NoReturn:
    typer.secho(f"yutang: {message}", fg=typer.colors.RED, err=True)
    raise SystemExit(1)


def the_settings(default: str = "pond", **given: Any) -> Settings:
    """The settings of this process, with what the command line gave."""
    from app.settings import Settings
    from db import embedded

    settings = Settings(**{name: value for name, value in given.items() if value is not None})
    if settings.data_dir is None:
        settings.data_dir = embedded.data_directory(os.environ.get("YUTANG_DATABASE_NAME", default))
    return settings


@app.command()
def serve(
    *,
    host: Annotated[str | None, typer.Option(help="The address to listen on.")] = None,
    port: Port = None,
    workers: Annotated[int | None, typer.Option(help="How many processes serve the port.", min=1, max=64)] = None,
    jobs: Annotated[bool, typer.Option(help="Run the jobs in this process too.")] = True,
) -> None:
    """Serve GraphQL over HTTP, websocket and SSE. With workers, SIGHUP renews them one after the other."""
    import app.jobs
    import app.serving

    app.serving.serve(the_settings(host=host, port=port, workers=workers), [app.jobs.run] if jobs else [])


@app.command()
def work() -> None:
    """Run the jobs alone: cancel what was not paid, expire rooms, forget what is old."""
    import app.working

    app.working.work(the_settings())


@app.command()
def migrate() -> None:
    """Bring the database to its newest shape."""
    import app.databases

    typer.echo(app.databases.upgrade(the_settings()))


@app.command()
def schema(
    *,
    write: Annotated[bool, typer.Option("--write", help="Write schema/schema.graphql.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Fail when schema/schema.graphql differs.")] = False,
) -> None:
    """Print the GraphQL schema (SDL), write it, or hold the committed one to the code."""
    import app.contract

    if check:
        raise SystemExit(0 if app.contract.check(typer.echo) else 1)
    typer.echo(app.contract.write() if write else app.contract.sdl(), nl=write)


@app.command()
def check() -> None:
    """Check settings, the database, its shape and its durability, and the versions of what we build on."""
    import app.databases

    raise SystemExit(0 if app.databases.check(the_settings()) else 1)


@app.command()
def demo(
    *,
    port: Port = None,
    live: Annotated[bool, typer.Option("--live", help="Let simulated viewers watch, talk, buy and tip.")] = False,
    room: Annotated[
        tuple[str, Path] | None,
        typer.Option(metavar="danmaku FILE", help="Replay real bullet comments into the room."),
    ] = None,
    speed: Annotated[float, typer.Option(help="How many times as fast as they were said.", min=0.1, max=10_000)] = 1,
    reset: Annotated[bool, typer.Option("--reset", help="Begin anew: delete what the demo keeps.")] = False,
) -> None:
    """Serve the sample brand 半亩, with ready-made tokens."""
    import app.demo.run

    if room is not None and room[0] != "danmaku":
        raise typer.BadParameter("only `--room danmaku FILE` is known")
    bullets = None if room is None else room[1]
    app.demo.run.demonstrate(the_settings("demo", port=port), live=live, bullets=bullets, speed=speed, reset=reset)


@imports.command()
def litemall(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder with litemall's *.jsonl.", exists=True)],
    *,
    report: Annotated[Path | None, typer.Option(help="Write the report there, as JSON.")] = None,
) -> None:
    """Import a litemall shop: categories, brands, products, stock, topics and reviews. Again changes nothing."""
    import app.imports.run

    app.imports.run.import_litemall(the_settings(), folder, report)
