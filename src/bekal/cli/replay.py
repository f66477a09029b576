"""`bekal replay`: revoke as many people as in September 2020 and give the money back."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace

from bekal.cli.command import Command, Database
from bekal.cli.output import progress_bar, report
from bekal.core.money import format_idr


def _people(text: str) -> int:
    try:
        people = int(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is not a whole number") from error
    if people < 1:
        raise ArgumentTypeError("at least one person is needed")
    return people


def _configure(parser: ArgumentParser) -> None:
    parser.add_argument("--revoked", metavar="N", type=_people, required=True, help="how many are revoked")
    parser.add_argument("--programme", metavar="CODE", default="prakerja-2021", help="the programme definition")


def _run(arguments: Namespace) -> int:
    from bekal.simulation.replay import replay_revocation

    with progress_bar("people", total=arguments.revoked * 3) as advance:
        result = replay_revocation(programme=arguments.programme, people=arguments.revoked, progress=advance)
    findings = [{"check": found.check, "owner": found.owner, "detail": found.detail} for found in result.verdict.findings]
    returned_idr = result.returned_training_idr + result.returned_incentive_idr
    report(
        {
            "revoked": result.revoked,
            "returned_idr": returned_idr,
            "returned_training_idr": result.returned_training_idr,
            "returned_incentive_idr": result.returned_incentive_idr,
            "seconds": round(result.seconds, 3),
            "audit": {"exact": result.verdict.exact, "findings": findings},
        },
        as_json=arguments.json,
        text=(
            f"{result.revoked} people revoked, {format_idr(returned_idr)} returned"
            f" ({format_idr(result.returned_training_idr)} training, {format_idr(result.returned_incentive_idr)} incentives)"
            f" in {result.seconds:.1f} s; the audit is {'exact' if result.verdict.exact else 'NOT exact'}"
        ),
    )
    return 0 if result.verdict.exact else 1


COMMAND = Command(
    name="replay",
    help="in a scratch database, grant N people, let them buy nothing, revoke them in September 2020, and audit",
    example="bekal replay --revoked 180000",
    database=Database.SCRATCH,
    configure=_configure,
    run=_run,
)
