"""The command tree, and what happens when a command fails."""

from __future__ import annotations

import os
import sys
import traceback

import typer

from cli import alerting, answers, classify, collecting, keeping, setting_up, working
from cli.faults import one_line
from cli.output import prepare_logs

app = typer.Typer(
    name="daymark",
    help="Collects public posts about migration, tags them, and makes the tags countable over time.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for room in (setting_up, collecting, working, classify, answers, alerting, keeping):
    room.register(app)


@app.callback()
def _root(debug: bool = typer.Option(False, "--debug", help="Show tracebacks and debug logs.")) -> None:
    prepare_logs(debug=debug)


def main() -> None:
    """Entry point; ends the process with the contract's exit status."""
    debug = "--debug" in sys.argv[1:]
    # --debug is taken at any place, since a person adds it to the end of the line that failed.
    arguments = [*(["--debug"] if debug else []), *(word for word in sys.argv[1:] if word != "--debug")]
    try:
        app(args=arguments, prog_name="daymark")
    except BrokenPipeError:
        # The reader has seen enough (`| head`); writing the rest would only fail again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as exc:  # noqa: BLE001 - the one place where a fault becomes a line and an exit status
        if debug:
            traceback.print_exc()
        print(f"daymark: {one_line(exc)}", file=sys.stderr)
        sys.exit(1)
