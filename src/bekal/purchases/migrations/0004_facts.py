from pathlib import Path

from django.db import migrations

_FORWARD = (Path(__file__).parent / "sql" / "0004_facts.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [
        ("purchases", "0003_buying"),
        ("ledger", "0008_signed_kinds"),
        ("programmes", "0001_initial"),
    ]
    operations = [migrations.RunSQL(_FORWARD)]
