-- What is known now of messages of one claim, unless more was known already.
UPDATE bekal_messages_delivery AS delivery
SET state = outcome.state, reason = outcome.reason, changed_at = %(now)s,
    claim = CASE WHEN outcome.state <> 'waiting' THEN delivery.claim END
FROM unnest(%(messages)s::bigint[], %(states)s::text[], %(reasons)s::text[]) AS outcome (message, state, reason)
WHERE delivery.message_id = outcome.message AND delivery.claim = %(claim)s
    AND (
        messages_knowledge(outcome.state) > messages_knowledge(delivery.state)
        -- Only what nobody has doubted since may go back.
        OR (outcome.state = 'waiting' AND delivery.state = 'sending')
    )
