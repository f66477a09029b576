from pathlib import Path

from django.db import migrations

_FORWARD = (Path(__file__).parent / "sql" / "0005_wide_sums.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("ledger", "0004_wide_totals")]
    operations = [migrations.RunSQL(_FORWARD)]
