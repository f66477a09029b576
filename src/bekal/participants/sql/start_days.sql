-- A portion of the people of whom it is time to ask whether their notice arrived, or whether they have read what the balance is. Of
-- those who were told, the days for the first purchase begin on that day; of the others it is asked again, the more rarely the longer it is unknown.
WITH looked AS MATERIALIZED (
    SELECT awaited.enrolment_id, message.written_at, least(
        messages_arrived_on(awaited.message_id, %(now)s), (introduction.acknowledged_at AT TIME ZONE 'Asia/Jakarta')::date
    ) AS day
    FROM participants_awaitednotice AS awaited
    JOIN bekal_messages_message AS message ON message.id = awaited.message_id
    LEFT JOIN participants_introduction AS introduction ON introduction.enrolment_id = awaited.enrolment_id
    WHERE awaited.look_at <= %(now)s
    ORDER BY awaited.look_at, awaited.enrolment_id
    LIMIT %(portion)s
    FOR UPDATE OF awaited SKIP LOCKED
), started AS (
    UPDATE participants_enrolment AS enrolment
    SET first_purchase_by = least(looked.day + window_of.days - 1, wave.spend_by)
    FROM looked, programmes_wave AS wave, unnest(%(programmes)s::text[], %(window_days)s::int[]) AS window_of (programme, days)
    WHERE enrolment.id = looked.enrolment_id AND looked.day IS NOT NULL AND enrolment.first_purchase_by IS NULL
      AND wave.id = enrolment.wave_id AND window_of.programme = wave.programme
    RETURNING enrolment.id
), done AS (
    DELETE FROM participants_awaitednotice AS awaited USING looked
    WHERE awaited.enrolment_id = looked.enrolment_id AND looked.day IS NOT NULL
), later AS (
    UPDATE participants_awaitednotice AS awaited
    SET look_at = %(now)s + greatest((%(now)s - looked.written_at) / 4, interval '1 minute')
    FROM looked
    WHERE awaited.enrolment_id = looked.enrolment_id AND looked.day IS NULL
)
SELECT count(*), (SELECT count(*) FROM started) FROM looked
