"""How commands speak: reports on standard output, everything else on standard error."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


class Advance(Protocol):
    """Tells the bar how many more are done."""

    def __call__(self, count: int, /) -> None: ...


def say(text: str) -> None:
    """Print a line for people on standard error."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def report(result: Mapping[str, object], *, as_json: bool, text: str) -> None:
    """Print a command's result on standard output: one JSON object, or the text."""
    sys.stdout.write(f"{json.dumps(result, ensure_ascii=False) if as_json else text}\n")
    sys.stdout.flush()


@contextmanager
def progress_bar(label: str, *, total: int) -> Iterator[Advance]:
    """A progress bar on standard error, drawn only where that is a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(label, total=total)
        yield lambda count: progress.advance(task, count)


@contextmanager
def waiting_bar(label: str) -> Iterator[None]:
    """Say what is done in the block, with a bar that moves where standard error is a terminal: nobody knows how long it takes."""
    console = Console(stderr=True)
    if not console.is_terminal:
        say(f"{label} …")
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        bar.add_task(label, total=None)
        yield
