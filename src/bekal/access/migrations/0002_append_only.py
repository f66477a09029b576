from django.db import migrations

_FORWARD = """
CREATE TRIGGER act_append_only BEFORE UPDATE OR DELETE ON access_act
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER act_never_truncated BEFORE TRUNCATE ON access_act
    FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();
"""
_BACKWARD = "DROP TRIGGER act_append_only ON access_act; DROP TRIGGER act_never_truncated ON access_act"


class Migration(migrations.Migration):
    dependencies = [("access", "0001_initial"), ("core", "0002_cache_and_append_only")]
    operations = [migrations.RunSQL(_FORWARD, _BACKWARD)]
