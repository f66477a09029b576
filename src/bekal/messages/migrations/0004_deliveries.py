from pathlib import Path

from django.db import migrations

_FORWARD = (Path(__file__).parent / "sql" / "0004_deliveries.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("bekal_messages", "0003_deliveries")]
    operations = [migrations.RunSQL(_FORWARD)]
