from django.db import migrations


class Migration(migrations.Migration):
    """Exports in clear are of all kinds of lists now: their table, with what it holds, passes to `exports`."""

    dependencies = [
        ('customers', '0004_places_in_order'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.AlterModelTable('clearexport', 'exports_clearexport'),
                migrations.RenameIndex('clearexport', new_name='exports_clear', old_name='customers_clear_export'),
            ],
            state_operations=[migrations.DeleteModel('ClearExport')],
        ),
    ]
