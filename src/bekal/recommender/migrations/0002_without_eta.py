"""What using up the balance is worth is said in the model's file, with all else that lists and bundles are chosen by."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("recommender", "0001_initial")]

    operations = [migrations.RemoveField(model_name="trainedmodel", name="eta")]
