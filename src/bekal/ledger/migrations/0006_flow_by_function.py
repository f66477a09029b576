from pathlib import Path

from django.db import migrations

_FORWARD = (Path(__file__).parent / "sql" / "0006_flow_by_function.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("ledger", "0005_corrections")]
    operations = [migrations.RunSQL(_FORWARD)]
