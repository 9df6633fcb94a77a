"""Django's settings. Everything that differs between installations comes from the environment (`environment.py`)."""

from urllib.parse import urlsplit

from loopline.config import environment
from loopline.config.installation import Installation

INSTALLATION = Installation.from_env()

DEBUG = False
SECRET_KEY = INSTALLATION.django_secret_key
LOOPLINE_MASTER_KEY = INSTALLATION.master_key
ALLOWED_HOSTS = environment.read(environment.HOSTS).split(",")

MODULES = [
    "kernel",
    "identity",
    "imports",
    "exports",
    "documents",
    "customers",
    "catalogue",
    "subscriptions",
    "interactions",
    "worklist",
    "messaging",
    "desk",
    "billing",
    "scores",
    "stock",
    "orders",
    "cases",
    "till",
    "keyaccounts",
    "campaigns",
    "retention",
    "warehouse",
    "mining",
    "olap",
    "sandbox",
    "marts",
    "kpi",
    "reports",
    "web",
    "tmf",
    "demo",
]
"""Our modules, from the ground up, as the map of the architecture has them."""

INSTALLED_APPS = [
    *(f"loopline.{module}" for module in MODULES),
    "procrastinate.contrib.django",
]
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "loopline.identity.door.Door",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

# An included list holds both `/customers` and `/customers/…`, so its routes begin with the slash.
SILENCED_SYSTEM_CHECKS = ["urls.W002"]
ROOT_URLCONF = "loopline.config.urls"
WSGI_APPLICATION = "loopline.config.wsgi.application"
TEMPLATES: list[dict[str, object]] = []

DATABASE_ROLE = environment.read(environment.ROLE)
_DSN = INSTALLATION.dsn(DATABASE_ROLE)
DATABASES = {
    "default": {
        "ENGINE": "loopline.kernel.postgres" if DATABASE_ROLE == "app" else "django.db.backends.postgresql",
        "HOST": _DSN["host"],
        "PORT": _DSN["port"],
        "USER": _DSN["user"],
        "PASSWORD": _DSN["password"],
        "NAME": _DSN["dbname"],
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"application_name": "loopline", **INSTALLATION.options},
    }
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"

WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.AppDirectoriesFinder"]

PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]

PORT = int(environment.read(environment.PORT))
PUSH_URL = environment.read(environment.PUSH_URL)
"""Where browsers reach the push process; empty: on the next port of the host they know us by."""

PUSH_ORIGINS = (
    ["{0.scheme}://{0.netloc}".format(urlsplit(PUSH_URL))]
    if PUSH_URL
    # A policy cannot name an IPv6 address: there pages do without news.
    else [f"http://{host}:{PORT + 1}" for host in ALLOWED_HOSTS if "[" not in host]
)

SECURE_CSP = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'", *PUSH_ORIGINS],
    "form-action": ["'self'"],
    "manifest-src": ["'self'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "loopline.kernel.pages.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20
FILE_UPLOAD_TEMP_DIR = str(INSTALLATION.folder("uploads"))
FILE_UPLOAD_MAX_MEMORY_SIZE = 2**20
FILE_UPLOAD_PERMISSIONS = 0o600

SESSION_HOURS = 12
SIGN_IN_LOCK_MINUTES = 15
SIGN_IN_TRIES_PER_ADDRESS = 30
"""Failed sign-ins from one address within the lock time, over all names, before it must wait."""

THREADS = int(environment.read(environment.THREADS))

MAIL_URL = environment.MAIL.value or ""
MAIL_FROM = environment.read(environment.MAIL_FROM)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"loopline": {"level": "INFO"}},
}
