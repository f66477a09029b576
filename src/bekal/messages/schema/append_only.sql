-- What was written to somebody is never changed; what became of it is the channel's to record.
CREATE OR REPLACE TRIGGER message_append_only BEFORE UPDATE OR DELETE ON bekal_messages_message
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
CREATE OR REPLACE TRIGGER message_never_truncated BEFORE TRUNCATE ON bekal_messages_message
    FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();
