-- By kind and channel: how many were queued, and what became of them. The two sides are counted in different tables.
WITH queued AS (
    SELECT channel, template, count(*) AS messages FROM bekal_messages_message WHERE channel <> 'in_app' GROUP BY channel, template
), become AS (
    SELECT channel, template,
        count(*) FILTER (WHERE state IN ('accepted', 'delivered')) AS confirmed,
        count(*) FILTER (WHERE state = 'delivered') AS delivered,
        count(*) FILTER (WHERE state = 'failed') AS failed,
        count(*) FILTER (WHERE state = 'expired') AS expired,
        count(*) FILTER (WHERE state IN ('sending', 'unknown')) AS unknown,
        count(*) FILTER (WHERE state = 'waiting') AS waiting
    FROM bekal_messages_delivery GROUP BY channel, template
)
SELECT channel, template, coalesce(queued.messages, 0), coalesce(confirmed, 0), coalesce(delivered, 0), coalesce(failed, 0),
    coalesce(expired, 0), coalesce(unknown, 0), coalesce(waiting, 0)
FROM queued FULL JOIN become USING (channel, template)
ORDER BY channel, template
