-- The log of acts is never changed.
CREATE OR REPLACE TRIGGER act_append_only BEFORE UPDATE OR DELETE ON access_act
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
CREATE OR REPLACE TRIGGER act_never_truncated BEFORE TRUNCATE ON access_act
    FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();
