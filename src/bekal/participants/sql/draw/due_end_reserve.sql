-- Draws whose reserve list lasted until a day that has passed in Jakarta, by the demo's clock where there is one.
SELECT draw.id
FROM participants_draw AS draw
WHERE draw.state = 'announced' AND draw.reserve_ended_at IS NULL AND draw.reserve_until < (
    (now() + coalesce((SELECT demo.shift FROM core_democlock AS demo), interval '0')) AT TIME ZONE 'Asia/Jakarta'
)::date
