from pathlib import Path

from django.db import migrations

_FORWARD = (Path(__file__).parent / "sql" / "0006_known_browsers.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("bekal_messages", "0005_known_browsers")]
    operations = [migrations.RunSQL(_FORWARD)]
