from pathlib import Path

from django.db import migrations, models

_FORWARD = (Path(__file__).parent / "sql" / "0003_seals.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_posting")]
    operations = [
        migrations.CreateModel(
            name="Closing",
            fields=[
                ("id", models.SmallIntegerField(primary_key=True, serialize=False)),
                ("through", models.DateField(null=True)),
            ],
            options={"db_table": "ledger_closing"},
        ),
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("number", models.IntegerField(primary_key=True, serialize=False)),
                ("day", models.DateField(unique=True)),
                ("sealed_at", models.DateTimeField()),
                ("owners", models.BigIntegerField()),
                ("root", models.BinaryField(max_length=32)),
                ("pools_sha256", models.BinaryField(max_length=32)),
                ("previous", models.BinaryField(max_length=32)),
                ("hash", models.BinaryField(max_length=32)),
            ],
            options={"db_table": "ledger_seal"},
        ),
        migrations.CreateModel(
            name="SealBlock",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey("seal", "position", blank=True, editable=False, primary_key=True, serialize=False),
                ),
                ("seal", models.IntegerField()),
                ("position", models.IntegerField()),
                ("first_owner", models.BigIntegerField()),
                ("root", models.BinaryField(max_length=32)),
            ],
            options={"db_table": "ledger_seal_block"},
        ),
        migrations.CreateModel(
            name="SealPool",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey("seal", "pool", blank=True, editable=False, primary_key=True, serialize=False),
                ),
                ("seal", models.IntegerField()),
                ("pool", models.BigIntegerField()),
                ("total_idr", models.BigIntegerField()),
            ],
            options={"db_table": "ledger_seal_pool"},
        ),
        migrations.RunSQL(_FORWARD),
    ]
