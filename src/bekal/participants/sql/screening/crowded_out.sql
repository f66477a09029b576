-- Who, of people who are to have places in a wave, in this order, has none left in the household: others of it took part in the
-- programme already, or come before.
WITH chosen AS MATERIALIZED (
    SELECT person.id, person.household_index,
        row_number() OVER (PARTITION BY person.household_index ORDER BY asked.place) AS place
    FROM unnest(%(persons)s::bigint[]) WITH ORDINALITY AS asked (person, place)
    JOIN participants_participant AS person ON person.id = asked.person
), taken AS MATERIALIZED (
    SELECT member.household_index, count(DISTINCT member.id) AS people
    FROM (SELECT DISTINCT household_index FROM chosen) AS household
    JOIN participants_participant AS member ON member.household_index = household.household_index
    JOIN participants_enrolment AS enrolment ON enrolment.participant_id = member.id
    JOIN programmes_wave AS wave ON wave.id = enrolment.wave_id AND wave.programme = %(programme)s
    WHERE NOT EXISTS (SELECT FROM chosen WHERE chosen.id = member.id)
    GROUP BY member.household_index
)
SELECT chosen.id
FROM chosen
LEFT JOIN taken ON taken.household_index = chosen.household_index
WHERE chosen.place + coalesce(taken.people, 0) > %(per_household)s
ORDER BY chosen.id
