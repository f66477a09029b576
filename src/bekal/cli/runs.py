"""`bekal runs`, `bekal post` and `bekal worker`: what is proposed and approved, and posting it."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from typing import TYPE_CHECKING, Final
from uuid import UUID

import structlog

from bekal.cli.arguments import whole_number
from bekal.cli.command import Command, Database
from bekal.cli.output import progress_bar, report, say
from bekal.core.money import format_idr

if TYPE_CHECKING:
    from bekal.ledger.models import Run

_log: Final = structlog.get_logger("bekal.worker")


def _public_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is not the id of a run; `bekal runs` lists them") from error


def _list(arguments: Namespace) -> int:
    from bekal.ledger.runs.queries import runs as all_runs

    runs = [_facts(run) for run in all_runs()]
    report({"runs": runs}, as_json=arguments.json, text="\n".join(map(_line, runs)) or "no runs")
    return 0


def _configure_post(parser: ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", type=_public_id, help="the id of an approved run, as `bekal runs` lists it")


def _post(arguments: Namespace) -> int:
    from bekal.ledger.runs.queries import left_to_judge, run_by_public_id
    from bekal.ledger.runs.services import post_run

    run = run_by_public_id(arguments.run)
    with progress_bar("accounts", total=left_to_judge(run)) as advance:
        run = post_run(run=run, progress=advance)
    facts = _facts(run)
    report(facts, as_json=arguments.json, text=_line(facts))
    return 0


def _configure_worker(parser: ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help="end when nothing waits any more")
    parser.add_argument(
        "--parent",
        metavar="PID",
        type=whole_number(least=1),
        help="end when the process with this id, which started it, has ended; without it, when told to",
    )


def _work(arguments: Namespace) -> int:
    from bekal.jobs.worker import run_worker
    from bekal.ledger.models import Run

    def tell(done: object) -> None:
        if not isinstance(done, Run):
            return
        if arguments.parent is None:
            say(_line(_facts(done)))
        else:
            # Into the log of the site, which names nobody.
            _log.info("run posted", run=str(done.public_id), kind=done.kind, posted=done.posted_count, skipped=done.skipped_count)

    worked = run_worker(once=arguments.once, on_done=tell, parent=arguments.parent)
    if arguments.parent is not None:
        return 0
    posted = [_facts(done) for done in worked.done if isinstance(done, Run)]
    report(
        {"posted": posted, "failures": worked.failures},
        as_json=arguments.json,
        text=f"{len(posted)} runs posted, {worked.failures} failures",
    )
    return 1 if arguments.once and worked.failures else 0


def _facts(run: "Run") -> dict[str, str | int | None]:
    return {
        "run": str(run.public_id),
        "kind": run.kind,
        "state": run.state,
        "posting_date": run.posting_date.isoformat() if run.posting_date else None,
        "targets": run.target_count,
        "bound_idr": run.bound_idr,
        "posted": run.posted_count,
        "posted_idr": run.posted_idr,
        "skipped": run.skipped_count,
        "proposed_by": run.proposed_by.email,
        "approved_by": run.approved_by.email if run.approved_by else None,
    }


def _line(facts: dict[str, str | int | None]) -> str:
    posted_idr, bound_idr = int(facts["posted_idr"] or 0), int(facts["bound_idr"] or 0)
    return (
        f"{facts['run']}  {facts['kind']:<14} {facts['state']:<10} {facts['posting_date'] or '':<10}"
        f"  {facts['posted']} of {facts['targets']} posted, {facts['skipped']} skipped"
        f"  {format_idr(posted_idr)} of {format_idr(bound_idr)}  {facts['proposed_by']} / {facts['approved_by'] or '-'}"
    )


RUNS = Command(
    name="runs",
    help="list the runs, newest first: what was proposed, approved and posted, by whom",
    example="bekal runs --json",
    database=Database.HOME,
    run=_list,
)
POST = Command(
    name="post",
    help="post an approved run to its end, here and now; started again after a crash it resumes",
    example="bekal post 0b1f7a52-8f0e-4a43-9f67-3d2f6f0f7c11",
    database=Database.HOME,
    configure=_configure_post,
    run=_post,
)
WORKER = Command(
    name="worker",
    help="post approved runs and send messages until told to end (SIGTERM, SIGINT); what a killed worker left is taken over",
    example="bekal worker --once",
    database=Database.HOME,
    configure=_configure_worker,
    run=_work,
    lasts=True,
)
