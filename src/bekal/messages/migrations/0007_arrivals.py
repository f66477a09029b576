from pathlib import Path

from django.db import migrations

_FORWARD = (Path(__file__).parent / "sql" / "0007_arrivals.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("bekal_messages", "0006_known_browsers"), ("messages_in_app", "0001_initial")]
    operations = [migrations.RunSQL(_FORWARD)]
