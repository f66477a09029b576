"""`bekal replay`: revoke as many people as in September 2020 and give the money back."""

from argparse import ArgumentParser, Namespace

from bekal.cli.arguments import whole_number
from bekal.cli.command import Command, Database
from bekal.cli.output import progress_bar, report
from bekal.core.money import format_idr
from bekal.programmes.definition import available_definitions


def _configure(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--revoked", metavar="N", type=whole_number(least=1), required=True, help="how many people are revoked, 1 or more"
    )
    parser.add_argument(
        "--programme",
        metavar="CODE",
        default="prakerja-2021",
        help=f"by which definition: {', '.join(available_definitions())}; default %(default)s",
    )


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
