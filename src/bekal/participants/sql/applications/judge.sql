-- The applications of a wave whose state {steps} allows to become what was found of them, and which of them are it already.
-- `found` is read once; an application that somebody changes meanwhile is waited for and judged as it then is.
WITH found AS MATERIALIZED ({found}),
moved AS (
    UPDATE participants_application AS application
    SET state = found.state, reason = found.reason, changed_at = %(the_moment)s
    FROM found
    WHERE application.id = found.application AND application.wave_id = %(the_wave)s
        AND (application.state, found.state) IN ({steps})
        AND (application.state, application.reason) <> (found.state, found.reason)
    RETURNING application.id, application.state
)
SELECT found.state,
    count(*),
    count(*) FILTER (WHERE moved.id IS NOT NULL),
    count(*) FILTER (WHERE moved.id IS NULL AND (application.state, application.reason) = (found.state, found.reason)),
    count(*) FILTER (WHERE (found.reason <> '') <> (found.state IN ('refused', 'withheld')))
FROM found
LEFT JOIN moved ON moved.id = found.application
LEFT JOIN participants_application AS application
    ON application.id = found.application AND application.wave_id = %(the_wave)s
GROUP BY found.state
