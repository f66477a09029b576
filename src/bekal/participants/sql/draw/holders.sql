-- How many hold a place of a person's household: whoever takes part or did, and whose place in this wave is withheld.
SELECT count(*)
FROM participants_participant AS person
JOIN participants_participant AS member ON member.household_index = person.household_index
WHERE person.id = %(person)s AND (
    EXISTS (SELECT FROM participants_application AS application WHERE application.participant_id = member.id
        AND application.wave_id = %(wave)s AND application.state = 'withheld')
    OR EXISTS (SELECT FROM participants_enrolment AS enrolment JOIN programmes_wave AS wave ON wave.id = enrolment.wave_id
        WHERE enrolment.participant_id = member.id AND wave.programme = %(programme)s)
)
