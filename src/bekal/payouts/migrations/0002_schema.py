from pathlib import Path

from django.db import migrations

_FORWARD = (Path(__file__).parent / "sql" / "0002_schema.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("payouts", "0001_initial")]
    operations = [migrations.RunSQL(_FORWARD)]
