-- The next portion of what waits, codes first, marked as being sent before anything of it leaves.
WITH chosen AS (
    SELECT message_id FROM bekal_messages_delivery
    WHERE state = 'waiting' AND useful_until > %(now)s
    ORDER BY priority, message_id
    LIMIT %(portion)s
    FOR UPDATE SKIP LOCKED
)
UPDATE bekal_messages_delivery AS delivery
SET state = 'sending', claim = %(claim)s, changed_at = %(now)s
FROM chosen
JOIN bekal_messages_message AS message ON message.id = chosen.message_id
WHERE delivery.message_id = chosen.message_id
RETURNING message.id, message.public_id, message.recipient_id, message.template, message.parameters, message.about
