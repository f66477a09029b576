-- A run changes the status of a whole wave, and a judgement the state of all its applications: no index holds either, and with half
-- of each page free a new version stays on its page.
ALTER TABLE participants_enrolment SET (fillfactor = 50);
ALTER TABLE participants_application SET (fillfactor = 50);
