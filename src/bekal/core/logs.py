"""Structured logs: one JSON object a line, with the id of the request, and nothing that people would not want to be read.

Neither addresses of pages with what was asked of them nor bodies are logged. Of an error the log holds where it happened and of
what kind it was; its message is cleared of e-mail addresses and long numbers, and one of the database, which quotes rows, is
replaced by its SQLSTATE and the constraint, table and column that it names.
"""

import logging
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from traceback import extract_tb
from types import TracebackType
from typing import Any, Final, TextIO

import psycopg
import structlog
from structlog.typing import EventDict, WrappedLogger

_PACKAGES: Final = Path(__file__).parents[2]
_E_MAIL: Final = re.compile(r"[\w.+%-]+@[\w.-]+")
_LONG_NUMBER: Final = re.compile(r"\+?\d[\d .-]{4,}\d")
_SHOWN_CHARACTERS: Final = 500


def logging_config(stream: str | TextIO = "ext://sys.stdout") -> dict[str, Any]:
    """For `logging.config.dictConfig`; by itself to standard output."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _told(),
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    _with_error,
                    structlog.processors.JSONRenderer(ensure_ascii=False),
                ],
            }
        },
        "handlers": {"stream": {"class": "logging.StreamHandler", "stream": stream, "formatter": "json"}},
        "root": {"handlers": ["stream"], "level": "WARNING"},
        "loggers": {
            "bekal": {"level": "INFO"},
            # These name addresses of pages and what was sent; `bekal.web.errors` and the access log say what may be said.
            "django.request": {"level": "CRITICAL"},
            "django.security": {"level": "CRITICAL"},
            "allauth": {"level": "ERROR"},
            # Of the HTTP server; it writes no access log.
            "_granian": {"level": "WARNING"},
            "granian.access": {"level": "CRITICAL"},
        },
    }


def configure_events() -> None:
    """Let `structlog.get_logger` write through the standard library's loggers."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_told(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def tell_crashes() -> None:
    """Let an error that ends this process be told like any other, instead of as Python does it, with all that it quotes."""

    def told(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, traceback)
        else:
            logging.getLogger("bekal").critical("ended by an error", exc_info=(kind, error, traceback))

    sys.excepthook = told


def _told() -> list[structlog.typing.Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _with_error(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    found = event.pop("exc_info", None)
    error = found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        event["error"] = [_told_of(each) for each in _chain(error)]
    event["event"] = cleared(str(event["event"]))
    return event


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it."""
    seen: set[int] = set()
    each: BaseException | None = error
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        yield each
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)


def _told_of(error: BaseException) -> dict[str, object]:
    frames = [f"{_place(frame.filename)}:{frame.lineno} {frame.name}" for frame in extract_tb(error.__traceback__)]
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    return {"kind": kind, **_words_of(error), "traceback": frames}


def _words_of(error: BaseException) -> dict[str, str]:
    of_database = error if isinstance(error, psycopg.Error) else error.__cause__
    if isinstance(of_database, psycopg.Error) and of_database.sqlstate:
        said = of_database.diag
        named = {"constraint": said.constraint_name, "table": said.table_name, "column": said.column_name}
        return {"sqlstate": of_database.sqlstate, **{name: value for name, value in named.items() if value}}
    return {"message": cleared(str(error))}


def cleared(text: str) -> str:
    """A text without e-mail addresses and long numbers, which may be identity numbers, telephones and accounts."""
    return _LONG_NUMBER.sub("<number>", _E_MAIL.sub("<e-mail>", text))[:_SHOWN_CHARACTERS]


def _place(file: str) -> str:
    path = Path(file)
    return str(path.relative_to(_PACKAGES)) if path.is_relative_to(_PACKAGES) else "/".join(path.parts[-3:])
