from pathlib import Path

from django.db import migrations

_FORWARD = (Path(__file__).parent / "sql" / "0006_own_days.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("purchases", "0005_plain_security"), ("participants", "0010_first_purchase_days")]
    operations = [migrations.RunSQL(_FORWARD)]
