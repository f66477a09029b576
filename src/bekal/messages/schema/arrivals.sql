-- The day on which it is known that a person was told what a message says: it was delivered; or the gateway took it and has said
-- nothing else for a day, as those do that never report; or the person has read the same in the application.
CREATE OR REPLACE FUNCTION messages_arrived_on(p_message bigint, p_now timestamptz) RETURNS date LANGUAGE sql STABLE AS $$
    SELECT (min(known.at) AT TIME ZONE 'Asia/Jakarta')::date
    FROM (
        SELECT delivery.changed_at AS at FROM bekal_messages_delivery AS delivery
        WHERE delivery.message_id = p_message AND (
            delivery.state = 'delivered' OR delivery.state = 'accepted' AND delivery.changed_at <= p_now - interval '1 day'
        )
        UNION ALL
        SELECT reading.read_at
        FROM bekal_messages_message AS sent
        JOIN bekal_messages_message AS shown ON shown.recipient_id = sent.recipient_id AND shown.channel = 'in_app'
            AND shown.template = sent.template AND shown.about = sent.about
        JOIN messages_in_app_reading AS reading ON reading.message_id = shown.id
        WHERE sent.id = p_message
    ) AS known
$$;
