"""The web process's application, served by granian."""

import os

from django.core.wsgi import get_wsgi_application

from loopline.config.deathsignal import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loopline.config.settings")
die_with_parent()
application = get_wsgi_application()
