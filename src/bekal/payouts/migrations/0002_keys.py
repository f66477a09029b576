from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

_FORWARD = (Path(__file__).parent / "sql" / "0002_keys.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [
        ("payouts", "0001_initial"),
        ("ledger", "0008_signed_kinds"),
    ]
    operations = [
        migrations.RunSQL(_FORWARD),
        migrations.AlterField(
            model_name="payment",
            name="run",
            field=models.ForeignKey(
                db_column="run",
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="ledger.run",
            ),
        ),
    ]
