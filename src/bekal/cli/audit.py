"""`bekal audit`: walk the ledger again."""

from argparse import ArgumentParser, Namespace
from dataclasses import asdict

from bekal.cli.command import Command, Database
from bekal.cli.output import report


def _configure(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _run(arguments: Namespace) -> int:
    from bekal.ledger.audit import audit

    verdict = audit()
    findings = [asdict(finding) for finding in verdict.findings]
    lines = [f"{finding.check}: account {finding.owner}: {finding.detail}" for finding in verdict.findings]
    summary = f"{verdict.transfers} transfers: {'exact' if verdict.exact else f'{len(findings)} findings'}"
    report(
        {"exact": verdict.exact, "transfers": verdict.transfers, "findings": findings},
        as_json=arguments.json,
        text="\n".join([*lines, summary]),
    )
    return 0 if verdict.exact else 1


COMMAND = Command(
    name="audit",
    help="walk every hash chain, sequence, balance and pool again; exit 1 when something does not follow",
    database=Database.HOME,
    configure=_configure,
    run=_run,
)
