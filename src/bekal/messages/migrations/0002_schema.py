from pathlib import Path

from django.db import migrations

_FORWARD = (Path(__file__).parent / "sql" / "0002_schema.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("bekal_messages", "0001_initial"), ("core", "0002_schema")]
    operations = [migrations.RunSQL(_FORWARD)]
