from pathlib import Path

from django.db import migrations

_FORWARD = (Path(__file__).parent / "sql" / "0002_schema.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [
        ("purchases", "0001_initial"),
        ("ledger", "0002_schema"),
        ("programmes", "0001_initial"),
        ("participants", "0002_schema"),
        ("catalogue", "0001_initial"),
    ]
    operations = [migrations.RunSQL(_FORWARD)]
