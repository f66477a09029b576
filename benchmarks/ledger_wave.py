"""Waves of any size for the benchmarks. People are rows of made-up bytes: registering them is not what is measured."""

from datetime import date
from typing import Any

import psycopg

from bekal.config.postgres import Server
from harness import fresh_copy, use_database

ACCEPTED_ON = date(2021, 3, 1)
DAY_OF_PURCHASES = date(2021, 3, 2)
DAY_OF_REVOCATION = date(2021, 4, 1)

SCHEMA = "bekal"
"""The database of each server that holds Bekal's schema and nothing else."""


def accepted_wave(server: Server, *, database: str, people: int) -> None:
    """A new database with a funded wave that accepted so many people, and an operator and an approver."""
    use_database(fresh_copy(server, template=SCHEMA, name=database))
    from bekal.core import clock
    from bekal.simulation.wave import make_office, open_funded_wave

    office = make_office(domain="example.org")
    with clock.at(clock.start_of(ACCEPTED_ON)):
        wave = open_funded_wave(number=1, accepted_on=ACCEPTED_ON, places=people, reference="benchmark", office=office)
    with psycopg.connect(server.url(database)) as connection:
        connection.execute(_PEOPLE_SQL, {"people": people, "wave": wave.pk, "fund": wave.fund})
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE participants_participant, participants_enrolment, ledger_balance")


def grant() -> None:
    """Propose, approve and post the wave's grant, on the day of acceptance."""
    run = propose_grant()
    approve_and_post(run, day=ACCEPTED_ON)


def propose_grant() -> Any:
    from bekal.core import clock
    from bekal.participants import grants
    from bekal.programmes.models import Wave

    with clock.at(clock.start_of(ACCEPTED_ON)):
        return grants.propose_grant(wave=Wave.objects.get(), proposer=officer("operator"))


def propose_revocation() -> Any:
    from bekal.core import clock
    from bekal.programmes.models import Wave
    from bekal.treasury import services

    with clock.at(clock.start_of(DAY_OF_REVOCATION)):
        return services.propose_revocation(wave=Wave.objects.get(), proposer=officer("operator"))


def approve_and_post(run: Any, *, day: date) -> None:
    from bekal.core import clock
    from bekal.ledger.runs.services import approve_run, post_run

    with clock.at(clock.start_of(day)):
        finished = post_run(run=approve_run(run=run, approver=officer("approver")))
    assert finished.posted_count == finished.target_count > 0, (finished.posted_count, finished.target_count)


def officer(role: str) -> Any:
    from bekal.access.models import User

    return User.objects.get(role=role)


_PEOPLE_SQL = """
WITH people AS MATERIALIZED (
    SELECT place, nextval('ledger_number') AS number FROM generate_series(1, %(people)s) AS place
), registered AS (
    INSERT INTO participants_participant (
        public_id, key_salt, name_sealed, nik_sealed, nik_index, household_index, birth_date_sealed, birth_date_index, age_band,
        sex, province, education, occupation, registered_at
    )
    SELECT gen_random_uuid(), decode(repeat('00', 32), 'hex'), decode(repeat('00', 44), 'hex'), decode(repeat('00', 46), 'hex'),
        sha256(int4send(place::int)), sha256(int8send(place)), decode(repeat('00', 40), 'hex'), sha256('1995-01-01'), '25-29',
        CASE place % 2 WHEN 0 THEN 'F' ELSE 'M' END, '32', 'upper_secondary', 'jobseeker', now()
    FROM people
    RETURNING id
), enrolled AS (
    INSERT INTO participants_enrolment (public_id, participant_id, wave_id, number, card_number, status, age_fits_on)
    SELECT gen_random_uuid(), person.id, %(wave)s, people.number, lpad(people.number::text, 16, '0'), 'accepted',
        date '2021-03-01'
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM registered) AS person
    JOIN people USING (place)
)
INSERT INTO ledger_balance (owner, fund, head)
SELECT number * 10 + kind, %(fund)s, decode(repeat('00', 32), 'hex')
FROM people
CROSS JOIN generate_series(1, 2) AS kind
ORDER BY 1
""".replace("place % 2", "place %% 2")
