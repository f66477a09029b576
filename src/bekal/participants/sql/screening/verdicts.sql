-- Why each of some people may not take part in a wave: the first rule that excludes them, NULL where none does. The rules stand
-- here alone, for those who apply and those who are enrolled. Who is too young, too old or on
-- a list was found beforehand, since that is sealed.
WITH chosen AS MATERIALIZED (
    SELECT person.id, person.key_salt IS NULL AS is_erased, person.household_index, person.education, person.occupation
    FROM ({people}) AS asked
    JOIN participants_participant AS person ON person.id = asked.person
),
-- Who of their households ever took part in the programme, and whether in another wave now.
earlier AS MATERIALIZED (
    SELECT member.id, member.household_index,
        bool_or(enrolment.wave_id <> %(wave)s AND enrolment.status IN ('accepted', 'granted')) AS is_elsewhere
    FROM (SELECT DISTINCT household_index FROM chosen) AS household
    JOIN participants_participant AS member ON member.household_index = household.household_index
    JOIN participants_enrolment AS enrolment ON enrolment.participant_id = member.id
    JOIN programmes_wave AS wave ON wave.id = enrolment.wave_id AND wave.programme = %(programme)s
    GROUP BY member.id, member.household_index
),
-- Of people who are to be accepted together, the others of a household count as if they took part already.
household AS MATERIALIZED (
    SELECT household_index, count(*) AS people
    FROM (
        SELECT id, household_index FROM earlier
        UNION
        SELECT id, household_index FROM chosen WHERE %(together)s
    ) AS member
    GROUP BY household_index
)
SELECT chosen.id AS person,
    CASE
        WHEN chosen.is_erased THEN 'erased'
        WHEN verification.state = 'to_be_verified' THEN 'to_be_verified'
        WHEN verification.state = 'refused' THEN 'identity_refused'
        WHEN EXISTS (
            SELECT FROM participants_doubleregistration AS double WHERE double.participant_id = chosen.id
        ) THEN 'registered_twice'
        WHEN EXISTS (
            SELECT FROM participants_bar AS bar
            WHERE bar.participant_id = chosen.id AND coalesce(%(programme)s = ANY (bar.programmes), true)
        ) THEN 'barred'
        WHEN earlier.is_elsewhere THEN 'in_another_wave'
        WHEN chosen.id = ANY (%(too_young)s::bigint[]) THEN 'too_young'
        WHEN chosen.id = ANY (%(too_old)s::bigint[]) THEN 'too_old'
        WHEN chosen.education <> ALL (%(educations)s::text[]) THEN 'education'
        WHEN chosen.occupation = ANY (%(exclusions)s::text[]) THEN 'excluded_occupation'
        WHEN listed.code IS NOT NULL THEN 'listed:' || listed.code
        WHEN coalesce(household.people, 0) + (NOT %(together)s AND earlier.id IS NULL)::int > %(per_household)s THEN 'household_full'
    END AS reason
FROM chosen
LEFT JOIN earlier ON earlier.id = chosen.id
LEFT JOIN household ON household.household_index = chosen.household_index
LEFT JOIN participants_identitycheck AS verification ON verification.participant_id = chosen.id
LEFT JOIN (
    SELECT DISTINCT ON (found.person) found.person, found.code
    FROM unnest(%(listed)s::bigint[], %(listed_codes)s::text[]) AS found (person, code)
    -- A list may be wrong: then a case has cleared the hit.
    WHERE NOT EXISTS (
        SELECT FROM participants_screeninghit AS hit
        WHERE hit.participant_id = found.person AND hit.wave_id = %(wave)s AND hit.reason = 'listed:' || found.code
          AND hit.state = 'cleared'
    )
    ORDER BY found.person, found.code
) AS listed ON listed.person = chosen.id
