from pathlib import Path

from django.db import migrations

_FORWARD = (Path(__file__).parent / "sql" / "0003_bounced_payments.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_schema")]
    operations = [migrations.RunSQL(_FORWARD)]
