from pathlib import Path

from django.db import migrations

_FORWARD = (Path(__file__).parent / "sql" / "0004_without_cache.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("core", "0003_keys")]
    operations = [migrations.RunSQL(_FORWARD), migrations.RunSQL("DROP TABLE IF EXISTS core_cache")]
