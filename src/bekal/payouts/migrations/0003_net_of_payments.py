from pathlib import Path

from django.db import migrations

_FORWARD = (Path(__file__).parent / "sql" / "0003_net_of_payments.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("payouts", "0002_schema"), ("ledger", "0003_bounced_payments")]
    operations = [migrations.RunSQL(_FORWARD)]
