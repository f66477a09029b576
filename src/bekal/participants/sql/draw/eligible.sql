-- The applications of a wave that can be drawn, in rows of one length: primary key, registration number, province and priority groups
-- as one number (the groups are bits, in the order of {groups}), token of the household, places left in it. Only households with more
-- applications than places left have a token; members who ever took part in the programme take a place.
COPY (
    WITH eligible AS MATERIALIZED (
        SELECT application.id, application.number::bigint AS registration, person.household_index,
            (person.province::integer << {group_bits}) + CASE application.priority_groups WHEN '{{}}' THEN 0 ELSE (
                SELECT coalesce(sum(1 << (bit.place - 1)::integer), 0)::integer
                FROM unnest({groups}::text[]) WITH ORDINALITY AS bit (code, place)
                WHERE bit.code = ANY (application.priority_groups)
            ) END AS combination
        FROM participants_application AS application
        JOIN participants_participant AS person ON person.id = application.participant_id
        WHERE application.wave_id = {wave} AND application.state = 'eligible'
    ), taken AS (
        SELECT member.household_index, count(DISTINCT member.id) AS people
        FROM participants_enrolment AS enrolment
        JOIN programmes_wave AS wave ON wave.id = enrolment.wave_id AND wave.programme = {programme}
        JOIN participants_participant AS member ON member.id = enrolment.participant_id
        GROUP BY member.household_index
    ), crowded AS (
        SELECT asking.household_index, row_number() OVER (ORDER BY random()) AS token,
            greatest({per_household} - coalesce(taken.people, 0), 0) AS places_left
        FROM (SELECT household_index, count(*) AS people FROM eligible GROUP BY household_index) AS asking
        LEFT JOIN taken ON taken.household_index = asking.household_index
        WHERE asking.people > {per_household} - coalesce(taken.people, 0)
    )
    SELECT eligible.id, eligible.registration, eligible.combination::integer,
        coalesce(crowded.token, 0)::integer, coalesce(crowded.places_left, 0)::integer
    FROM eligible
    LEFT JOIN crowded ON crowded.household_index = eligible.household_index
) TO STDOUT (FORMAT BINARY)
