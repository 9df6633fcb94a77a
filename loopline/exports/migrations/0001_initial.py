import django.db.models.functions.datetime
import django.db.models.functions.uuid
import loopline.kernel.models
from django.db import migrations, models


class Migration(migrations.Migration):
    """The table comes from `customers` with what it holds."""

    initial = True

    dependencies = [
        ('customers', '0005_exports_of_their_own'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name='ClearExport',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('tenant_id', models.IntegerField(default=loopline.kernel.models.current_tenant, editable=False)),
                        ('public_id', loopline.kernel.models.PublicId(db_default=django.db.models.functions.uuid.UUID7(), editable=False, unique=True)),
                        ('wanted', models.TextField(default='')),
                        ('format', models.TextField(default='csv')),
                        ('reason', models.TextField()),
                        ('state', models.TextField(default='asked')),
                        ('asked_by_id', models.BigIntegerField()),
                        ('asked_by', models.TextField()),
                        ('asked_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('decided_by', models.TextField(default='')),
                        ('decided_at', models.DateTimeField(null=True)),
                        ('expires_at', models.DateTimeField(null=True)),
                        ('downloads', models.IntegerField(default=0)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['tenant_id', '-id'], name='exports_clear')],
                    },
                ),
            ],
        ),
        migrations.AddField(
            model_name='clearexport',
            name='target',
            field=models.TextField(default='customers'),
        ),
    ]
