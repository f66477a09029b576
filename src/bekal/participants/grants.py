"""Granting the people of a wave what the programme promises."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from bekal.access.models import User
from bekal.ledger.models import Run
from bekal.ledger.runs.kinds import RunKind, register_run_kind
from bekal.ledger.runs.services import propose_run
from bekal.programmes.definition import load_definition
from bekal.programmes.models import Wave

GRANT: Final = "grant"


def register() -> None:
    """Tell the ledger how a grant run works."""
    register_run_kind(
        RunKind(
            code=GRANT,
            title=_("Grant"),
            describe=str,
            targets_sql="""
                SELECT account.owner, 1 AS place, %(granting)s::bigint AS debit, account.owner AS credit, account.bound_idr, account.key
                FROM participants_enrolment AS enrolment
                CROSS JOIN LATERAL (VALUES
                    (enrolment.number * 10 + 1, %(training_idr)s::bigint, 'grant:training'),
                    (enrolment.number * 10 + 2, %(incentive_idr)s::bigint, 'grant:incentive')
                ) AS account (owner, bound_idr, key)
                WHERE enrolment.wave_id = %(wave)s AND enrolment.status = 'accepted'
            """,
            verdict_sql="""
                SELECT target.bound_idr AS amount_idr, CASE WHEN enrolment.status <> 'accepted' THEN 'not_accepted' END AS reason
                FROM participants_enrolment AS enrolment
                WHERE enrolment.number = target.owner / 10
            """,
            after_sql="""
                UPDATE participants_enrolment AS enrolment
                SET status = 'granted'
                WHERE enrolment.number = ANY (ARRAY(
                    SELECT transfer.owner / 10
                    FROM ledger_transfer AS transfer
                    WHERE transfer.owner > %(low)s AND transfer.owner <= %(high)s AND transfer.key = 'grant:training'
                      AND transfer.run = %(run)s
                ))
            """,
            allocates=True,
        )
    )


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
        },
        proposer=proposer,
    )
