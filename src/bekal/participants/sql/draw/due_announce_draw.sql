-- Draws whose wave's minute has come, by the demo's clock where there is one.
SELECT draw.id
FROM participants_draw AS draw
JOIN programmes_wave AS wave ON wave.id = draw.wave_id
WHERE draw.state = 'ordered'
    AND wave.announces_at <= now() + coalesce((SELECT demo.shift FROM core_democlock AS demo), interval '0')
