"""The web process's application, served by granian.

A proxy on this machine is believed when it says for whom it asks and whether he came by https: forms, cookies and the
audit look at both. Nobody else's word is taken for it.
"""

import os

from django.core.wsgi import get_wsgi_application
from granian.utils.proxies import wrap_wsgi_with_proxy_headers

from loopline.config.deathsignal import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loopline.config.settings")
die_with_parent()
application = wrap_wsgi_with_proxy_headers(get_wsgi_application(), trusted_hosts="127.0.0.1")
