from pathlib import Path

from django.db import migrations

_FORWARD = (Path(__file__).parent / "sql" / "0003_buying.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [
        ("purchases", "0002_life_cycle"),
        ("ledger", "0002_schema"),
        ("participants", "0001_initial"),
        ("catalogue", "0001_initial"),
    ]
    operations = [migrations.RunSQL(_FORWARD)]
