
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import django.db.models.functions.uuid
import loopline.kernel.models
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('identity', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='ImportRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('tenant_id', models.IntegerField(default=loopline.kernel.models.current_tenant, editable=False)),
                ('public_id', loopline.kernel.models.PublicId(db_default=django.db.models.functions.uuid.UUID7(), editable=False, unique=True)),
                ('target', models.TextField()),
                ('file_name', models.TextField()),
                ('stored_as', models.TextField()),
                ('digest', models.TextField()),
                ('size', models.BigIntegerField()),
                ('status', models.TextField(choices=[('uploaded', 'Not started'), ('queued', 'Waiting'), ('reading', 'Being read'), ('running', 'Running'), ('finished', 'Finished'), ('tried', 'Tried, nothing changed'), ('stopped', 'Stopped'), ('refused', 'Refused'), ('failed', 'Failed')], default='uploaded')),
                ('format', models.JSONField(default=dict)),
                ('mapping', models.JSONField(default=dict)),
                ('as_of', models.DateField()),
                ('dry_run', models.BooleanField(default=False)),
                ('read', models.IntegerField(default=0)),
                ('created', models.IntegerField(default=0)),
                ('updated', models.IntegerField(default=0)),
                ('duplicates', models.IntegerField(default=0)),
                ('rejected', models.IntegerField(default=0)),
                ('rows_total', models.IntegerField(null=True)),
                ('next_row', models.IntegerField(default=0)),
                ('error', models.JSONField(default=dict)),
                ('actor_id', models.BigIntegerField(default=0)),
                ('actor_name', models.TextField(default='')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('started_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('branch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.unit')),
            ],
        ),
        migrations.CreateModel(
            name='KnownRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('tenant_id', models.IntegerField(default=loopline.kernel.models.current_tenant, editable=False)),
                ('target', models.TextField()),
                ('key', models.BinaryField()),
                ('content', models.BinaryField()),
                ('object_id', models.BigIntegerField()),
                ('run_id', models.BigIntegerField()),
                ('branch', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.unit')),
            ],
        ),
        migrations.CreateModel(
            name='Reject',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('tenant_id', models.IntegerField(default=loopline.kernel.models.current_tenant, editable=False)),
                ('row_number', models.IntegerField()),
                ('column', models.TextField(default='')),
                ('value', models.TextField(default='')),
                ('code', models.TextField()),
                ('values', models.JSONField(default=dict)),
                ('branch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.unit')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rejects', to='imports.importrun')),
            ],
        ),
        migrations.AddConstraint(
            model_name='importrun',
            constraint=models.CheckConstraint(condition=models.Q(('read', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('created'), '+', models.F('updated')), '+', models.F('duplicates')), '+', models.F('rejected')))), name='imports_ledger_adds_up'),
        ),
        migrations.AddConstraint(
            model_name='knownrow',
            constraint=models.UniqueConstraint(fields=('tenant_id', 'target', 'key'), name='imports_known_row_once'),
        ),
        migrations.AddIndex(
            model_name='reject',
            index=models.Index(fields=['run', 'row_number', 'id'], name='imports_reject_row'),
        ),
    ]
