from pathlib import Path

from django.db import migrations

_FORWARD = (Path(__file__).parent / "sql" / "0007_sound_rows.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("ledger", "0006_flow_by_function")]
    operations = [
        migrations.RemoveConstraint(model_name="balance", name="balance_never_negative"),
        migrations.RemoveConstraint(model_name="transfer", name="transfer_amount_positive"),
        migrations.RemoveConstraint(model_name="transfer", name="transfer_after_not_negative"),
        migrations.RunSQL(_FORWARD),
    ]
