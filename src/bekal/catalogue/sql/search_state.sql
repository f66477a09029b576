-- What tells whether the titles are those that an index was made of, and the stems of words as the titles have them.
SELECT current_database(), count(*), max(training.id), sum(hashtext(training.title || training.field)::bigint),
    ARRAY(
        SELECT coalesce(array_to_string(ts_lexize('indonesian_stem', typed.word), ' '), '')
        FROM unnest(%(words)s::text[]) WITH ORDINALITY AS typed (word, place)
        ORDER BY typed.place
    )
FROM catalogue_training AS training
