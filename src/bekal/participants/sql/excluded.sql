-- The first rule that excludes one of the people, and how many are excluded.
SELECT rule, count(*) OVER ()
FROM (
    SELECT person.id,
        CASE
            WHEN person.key_salt IS NULL THEN 'erased'
            WHEN verification.state = 'to_be_verified' THEN 'to_be_verified'
            WHEN verification.state = 'refused' THEN 'identity_refused'
            WHEN EXISTS (
                SELECT FROM participants_bar AS bar
                WHERE bar.participant_id = person.id AND coalesce(%(programme)s = ANY (bar.programmes), true)
            ) THEN 'barred'
            WHEN person.id = ANY (%(elsewhere)s) THEN 'in_another_wave'
            WHEN person.id = ANY (%(too_young)s) THEN 'too_young'
            WHEN person.id = ANY (%(too_old)s) THEN 'too_old'
            WHEN person.occupation = ANY (%(exclusions)s) THEN 'excluded_occupation'
            WHEN person.household_people > %(per_household)s THEN 'household_full'
        END AS rule
    FROM (
        SELECT member.*, count(*) OVER (PARTITION BY member.household_index) AS household_people
        FROM participants_participant AS member
        WHERE member.id = ANY (%(taking_part)s)
    ) AS person
    LEFT JOIN participants_identitycheck AS verification ON verification.participant_id = person.id
    WHERE person.id = ANY (%(people)s)
) AS judged
WHERE rule IS NOT NULL
ORDER BY id
LIMIT 1
