-- A run changes the status of a whole wave: no index holds the status, and with half of each page free a new version stays on its
-- page.
ALTER TABLE participants_enrolment SET (fillfactor = 50);
