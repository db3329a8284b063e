"""The command line: `python -m coreset_engine <command>`; results on stdout, progress and errors on stderr."""

import io
import signal
import sys

import click

from coreset_engine.cli import cli
from coreset_engine.cli.process import EARLY, INTERRUPTED, Process, Stop
from coreset_engine.errors import EngineError, Interrupted
from coreset_engine.faults import sentence_of
from coreset_engine.training.place import place


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 a defect, 2 bad input, 130 interrupted."""
    say_all_signs()
    process = Process()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, process.ask_to_stop)
    state, message, code = "failed", "a defect; the log has the details", 1
    try:
        process.worker.wait_for_turn(process.stopped)
        code = cli.main(standalone_mode=False, obj=process) or 0
        state, message = "done", ""
    except EngineError as error:
        _say(f"Error: {error}")
        message, code = str(error), 2
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        message, code = "no command", 2
    except click.ClickException as error:
        message, code = error.format_message(), 2
        _say(f"Error: {message}")
    except (Interrupted, Stop, click.Abort) as error:
        message, code = str(error) or EARLY, INTERRUPTED
        if not process.quiet:
            _say(f"Interrupted: {message}.")
        state = "interrupted"
    except Exception as error:
        message, code = sentence_of(error), 2
        if not message:
            message, code = "a defect; the log has the details", 1
            raise
        click.echo(f"Error: {message}", err=True)
    finally:
        process.worker.end(state, message)
    sys.exit(code)


def say_all_signs() -> None:
    """Let signs that the terminal or pipe has none for, as τ in Latin-1, be written as numbers: they end no command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")


def _say(sentence: str) -> None:
    """Print why the command ended; of several processes of one training the first says it for all."""
    if place().rank == 0:
        click.echo(sentence, err=True)


if __name__ == "__main__":
    main()
