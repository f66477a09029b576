"""Granting the people of a wave what the programme promises."""

from typing import Final

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bekal.access.models import User
from bekal.core.money import format_idr
from bekal.ledger.models import Run
from bekal.ledger.runs.kinds import RunKind, register_run_kind
from bekal.ledger.runs.services import propose_run
from bekal.participants.statuses import grant_sql
from bekal.programmes.definition import load_definition
from bekal.programmes.models import Wave

GRANT: Final = "grant"


_TARGETS_SQL: Final = """
    SELECT account.owner, 1 AS place, %(granting)s::bigint AS debit, account.owner AS credit, account.bound_idr, account.key
    FROM participants_enrolment AS enrolment
    CROSS JOIN LATERAL (VALUES
        (ledger_training(enrolment.number), %(training_idr)s::bigint, 'grant:training'),
        (ledger_incentive(enrolment.number), %(incentive_idr)s::bigint, 'grant:incentive')
    ) AS account (owner, bound_idr, key)
    WHERE enrolment.wave_id = %(wave)s AND enrolment.status = 'accepted'
"""
_VERDICT_SQL: Final = """
    SELECT target.bound_idr AS amount_idr, CASE WHEN enrolment.status <> 'accepted' THEN 'not_accepted' END AS reason
    FROM participants_enrolment AS enrolment
    WHERE enrolment.number = ledger_number_of(target.owner)
"""


def register() -> None:
    """Tell the ledger how a grant run works."""
    register_run_kind(
        RunKind(
            code=GRANT,
            title=_("Grant"),
            describe=_describe,
            targets_sql=_TARGETS_SQL,
            verdict_sql=_VERDICT_SQL,
            after_sql=grant_sql(),
            allocates=True,
        )
    )


def _describe(run: Run) -> str:
    return gettext(
        "Everybody accepted receives a training balance of {training_idr} and an incentive balance of {incentive_idr}."
    ).format(training_idr=format_idr(run.parameters["training_idr"]), incentive_idr=format_idr(run.parameters["incentive_idr"]))


def propose_grant(*, wave: Wave, proposer: User) -> Run:
    """Propose to give everyone accepted into the wave their training and incentive balance.

    Raises:
        RoleMissing: the proposer is not an operator.
        NothingToPost: nobody in the wave waits for a grant.
    """
    definition = load_definition(wave.programme)
    return propose_run(
        kind=GRANT,
        fund=wave.fund,
        parameters={
            "wave": wave.pk,
            "training_idr": definition.training.amount_idr,
            "incentive_idr": definition.incentive_idr,
            "window_days": definition.training.first_purchase_within_days,
            "spend_by": wave.spend_by.isoformat(),
        },
        proposer=proposer,
    )
