"""Paying instalments: a run for each instalment of a wave."""

from datetime import date
from typing import Final

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bekal.access.models import Role, User
from bekal.access.services import require_role
from bekal.core import clock
from bekal.core.money import format_idr
from bekal.core.sql import load_sql
from bekal.ledger.models import Run
from bekal.ledger.runs.kinds import RunKind, register_run_kind
from bekal.ledger.runs.services import propose_run
from bekal.ledger.services import open_channels
from bekal.participants.screening.services import find_hits_of_placed
from bekal.payouts.errors import UnknownInstalment
from bekal.programmes.definition import Programme, load_definition
from bekal.programmes.definition.schema import Instalment
from bekal.programmes.models import Wave

INSTALMENT: Final = "instalment"

STATE_SQL: Final = load_sql("payouts", "state")
"""How far each instalment of each enrolment has come; `{today}` is to be replaced by the day's SQL."""

_ONE_INSTALMENT_SQL: Final = """
    SELECT %(number)s::int AS number, %(amount_idr)s::bigint AS amount_idr, %(months)s::int AS months,
        %(last_day)s::date AS last_day, %(gates)s::text[] AS gates, %(channels)s::text[] AS channels
"""
_TARGETS_SQL: Final = f"""
    SELECT ledger_incentive(enrolment.number) AS owner, 1 AS place, ledger_incentive(enrolment.number) AS debit,
        clearing.id AS credit, instalment.amount_idr AS bound_idr, state.key
    FROM ({_ONE_INSTALMENT_SQL}) AS instalment
    JOIN participants_enrolment AS enrolment ON enrolment.wave_id = %(wave)s
    {STATE_SQL.replace("{today}", "%(today)s::date")}
    JOIN ledger_pool AS clearing ON clearing.kind = ledger_kind_of(ledger_clearing(1)) AND clearing.scope = state.channel
    WHERE state.status = 'payable'
"""
_VERDICT_SQL: Final = f"""
    SELECT instalment.amount_idr, CASE
        WHEN state.status <> 'payable' THEN state.status
        WHEN state.key <> target.key THEN 'paid_meanwhile'
        WHEN clearing.id <> target.credit THEN 'channel_changed'
    END AS reason
    FROM ({_ONE_INSTALMENT_SQL}) AS instalment
    JOIN participants_enrolment AS enrolment ON enrolment.number = ledger_number_of(target.owner)
    {STATE_SQL.replace("{today}", "%(posting_date)s::date")}
    LEFT JOIN ledger_pool AS clearing ON clearing.kind = ledger_kind_of(ledger_clearing(1)) AND clearing.scope = state.channel
"""


def register() -> None:
    """Tell the ledger how an instalment run works."""
    register_run_kind(
        RunKind(
            code=INSTALMENT,
            title=_("Instalment"),
            describe=_describe,
            targets_sql=_TARGETS_SQL,
            verdict_sql=_VERDICT_SQL,
            after_sql=load_sql("payouts", "instalment_sent"),
        )
    )


def _describe(run: Run) -> str:
    return gettext("Instalment {number} of {amount_idr} goes to everybody to whom it is due and whose gates are open.").format(
        number=run.parameters["number"], amount_idr=format_idr(run.parameters["amount_idr"])
    )


def propose_instalment(*, wave: Wave, number: int, proposer: User) -> Run:
    """Propose to pay one instalment to everyone in the wave whose gates are open and to whom it is due.

    Everybody with a place is screened first, in a transaction of its own: who is found is not paid, whatever becomes of the run.

    Raises:
        UnknownInstalment: the programme has none of this number.
        RoleMissing: the proposer is not an operator.
        NothingToPost: it can be paid to nobody now.
        ListsOutdated: the keys were rotated since an exclusion list was imported.
    """
    require_role(user=proposer, role=Role.OPERATOR)
    definition = load_definition(wave.programme)
    instalment = next((known for known in definition.incentives.instalments if known.number == number), None)
    if instalment is None:
        raise UnknownInstalment(number=number)
    find_hits_of_placed(wave=wave)
    return _propose(wave=wave, instalment=instalment, definition=definition, proposer=proposer)


@transaction.atomic
def _propose(*, wave: Wave, instalment: Instalment, definition: Programme, proposer: User) -> Run:
    number = instalment.number
    channels = [channel.code for channel in definition.payment.channels]
    open_channels(codes=channels)
    last_day: date = definition.instalment_last_day(number=number, accepted_on=wave.accepted_on)
    return propose_run(
        kind=INSTALMENT,
        fund=wave.fund,
        parameters={
            "wave": wave.pk,
            "number": number,
            "amount_idr": instalment.amount_idr,
            "months": instalment.months_after_completion,
            "last_day": last_day.isoformat(),
            "gates": list(instalment.gates),
            "channels": channels,
            "today": clock.today().isoformat(),
        },
        proposer=proposer,
    )
