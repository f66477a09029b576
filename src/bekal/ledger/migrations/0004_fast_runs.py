from pathlib import Path

from django.db import migrations

_FORWARD = (Path(__file__).parent / "sql" / "0004_fast_runs.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_seals")]
    operations = [migrations.RunSQL(_FORWARD)]
