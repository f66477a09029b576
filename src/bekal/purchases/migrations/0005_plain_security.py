from pathlib import Path

from django.db import migrations

_FORWARD = (Path(__file__).parent / "sql" / "0005_plain_security.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("purchases", "0004_security")]
    operations = [migrations.RunSQL(_FORWARD)]
