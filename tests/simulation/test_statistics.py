"""The planner may believe that every table is empty: after a build that was killed, for one."""

import pytest
from django.db import connection, transaction

from bekal.core import clock
from bekal.ledger.audit import audit
from bekal.ledger.runs.services import approve_runs
from bekal.simulation.demo import DEMO_DAY
from bekal.simulation.programme import build_programme
from bekal.simulation.wave import make_office
from bekal.treasury.services import propose_wave_end
from tests.builders import post_approved, waiting

_PEOPLE = 6_000
_SECONDS = 8


@pytest.mark.slow
def test_no_statement_turns_quadratic_when_the_statistics_say_that_every_table_is_empty(committed_database: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE pg_class SET reltuples = 0, relpages = 10"
            " WHERE relkind IN ('r', 'i') AND relnamespace = 'public'::regnamespace"
        )
        cursor.execute("SET statement_timeout = %s", [f"{_SECONDS}s"])
    office = make_office(domain="synthetic.test")
    with transaction.atomic():
        built = build_programme(participants=_PEOPLE, seed=7, day=DEMO_DAY, office=office)
    with clock.at(clock.start_of(built.wave.spend_by.replace(day=16))):
        propose_wave_end(wave=built.wave, proposer=office.operator)
        approve_runs(runs=waiting(built.wave), approver=office.approver)
        post_approved(built.wave)
    assert audit().findings == ()
