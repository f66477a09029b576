-- What was frozen and drawn is never changed. Hashes and packed lines do not become smaller: PostgreSQL need not try.
CREATE OR REPLACE TRIGGER drawnumber_append_only BEFORE UPDATE OR DELETE ON participants_drawnumber
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
CREATE OR REPLACE TRIGGER drawnumber_never_truncated BEFORE TRUNCATE ON participants_drawnumber
    FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();
CREATE OR REPLACE TRIGGER drawpart_append_only BEFORE UPDATE OR DELETE ON participants_drawpart
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
CREATE OR REPLACE TRIGGER drawpart_never_truncated BEFORE TRUNCATE ON participants_drawpart
    FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();
ALTER TABLE participants_drawpart ALTER COLUMN content SET STORAGE EXTERNAL;
