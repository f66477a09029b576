from pathlib import Path

from django.db import migrations

_FORWARD = (Path(__file__).parent / "sql" / "0008_signed_kinds.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("ledger", "0007_sound_rows")]
    operations = [migrations.RunSQL(_FORWARD)]
