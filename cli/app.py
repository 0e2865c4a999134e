"""The command tree, and what happens when a command fails."""

from __future__ import annotations

import os
import select
import sys
import traceback

import typer

from cli import alerting, answers, classify, collecting, keeping, setting_up, status, working
from cli.faults import one_line
from cli.output import prepare_logs
from records import displayable

app = typer.Typer(
    name="daymark",
    help="Collects public posts about migration, tags them, and makes the tags countable over time.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for room in (setting_up, collecting, working, classify, answers, status, alerting, keeping):
    room.register(app)


@app.callback()
def _root(debug: bool = typer.Option(False, "--debug", help="Show tracebacks and debug logs.")) -> None:
    prepare_logs(debug=debug)


def main() -> None:
    """Entry point; ends the process with the contract's exit status."""
    debug = "--debug" in sys.argv[1:]
    # --debug is taken at any place, since a person adds it to the end of the line that failed.
    arguments = [*(["--debug"] if debug else []), *(word for word in sys.argv[1:] if word != "--debug")]
    stdout = os.fstat(1)
    try:
        app(args=arguments, prog_name="daymark")
    except SystemExit as exc:
        sys.exit(_status(exc, stdout))
    except Exception as exc:  # noqa: BLE001 - the one place where a fault becomes a line and an exit status
        if debug:
            traceback.print_exc()
        print(f"daymark: {displayable(one_line(exc))}", file=sys.stderr)
        sys.exit(1)


def _status(end: SystemExit, stdout: os.stat_result) -> str | int | None:
    """The exit status; 0 where the reader has seen enough (`| head`), which is no failure of ours."""
    broken = isinstance(end.__context__, BrokenPipeError)
    try:
        # What is still in the buffer would otherwise fail at exit, with a message of the interpreter's.
        sys.stdout.flush()
    except BrokenPipeError:
        broken = True
    if not (broken and _reader_left(stdout)):
        return end.code
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return 0


def _reader_left(stdout: os.stat_result) -> bool:
    """Whether nobody reads what we print: a broken pipe can be a server's too."""
    poll = select.poll()
    poll.register(1, 0)
    # Rich puts another file in the place of a stdout that broke.
    return any(event & select.POLLERR for _, event in poll.poll(0)) or not os.path.samestat(stdout, os.fstat(1))
