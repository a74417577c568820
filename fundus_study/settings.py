"""Settings, read top to bottom: environment variables over safe embedded defaults.

Nothing needs to be running for the embedded mode: SQLite, files on disk and Celery
over its filesystem transport, all below ``FUNDUS_VAR`` (default ``./var``).
``FUNDUS_MODE=production`` fails closed: it refuses to start until everything in
``environment.REQUIRED_IN_PRODUCTION`` is set, and says what to set.
"""

from pathlib import Path

import django_stubs_ext
from django.utils.translation import gettext_lazy as _

from fundus_study import environment
from fundus_study.environment import env

django_stubs_ext.monkeypatch()  # ModelAdmin[Model] and the like at run time

# --- Where things are ---------------------------------------------------------------
BASE_DIR = Path(__file__).resolve().parents[1]
VAR_DIR = Path(env("FUNDUS_VAR", default=str(BASE_DIR / "var"))).resolve()
SHARED_DIR = Path(env("FUNDUS_SHARED", default=str(BASE_DIR.parent / "shared")))
IMPORT_ROOT = Path(env("IMPORT_ROOT", default=str(SHARED_DIR / "data"))).resolve()
"""The only folder from which a page may import photographs (commands take any)."""

# --- Mode and secrets ---------------------------------------------------------------
PRODUCTION = environment.is_production()
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = environment.secret("SECRET_KEY", VAR_DIR)
CHAIN_KEY = environment.secret("CHAIN_KEY", VAR_DIR)
"""Signs the head of every session's chain of ratings; lives outside the database."""
LOCAL_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=LOCAL_HOSTS)
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# --- Apps and the way of a request --------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "forgery",
    "detector",
    "observers",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "fundus_study.requests.RequestId",
    "csp.middleware.CSPMiddleware",
    "fundus_study.requests.PermissionsPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "fundus_study.signed_in.Authentication",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "fundus_study.second_factor.SecondFactor",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "fundus_study.tokens.TokenUser",
    "forgery.middleware.DenyByDefault",
]
ROOT_URLCONF = "fundus_study.urls"
WSGI_APPLICATION = "fundus_study.wsgi.application"
ASGI_APPLICATION = "fundus_study.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "forgery.context_processors.desk",
            ],
        },
    },
]

# --- Database -----------------------------------------------------------------------
DATABASES = {
    "default": env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR}/fundus.sqlite3")
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # atomic() stands around writes only (services), so IMMEDIATE takes the write lock
    # exactly there and never fails half-way; plain reads stay outside any transaction.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,  # seconds to wait for another writer
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # PostgreSQL plans a statement once for each connection, not once a question.
    DATABASES["default"]["OPTIONS"] = {
        "server_side_binding": True,
        "prepare_threshold": 1,
        **DATABASES["default"].get("OPTIONS", {}),  # of the address: sslmode and others
    }
CACHES = {
    "default": env.cache(
        "CACHE_URL",
        default=f"filecache://{VAR_DIR}/cache" if PRODUCTION else "locmemcache://",
    ),
    # What may be forgotten and need not be shared: each process keeps its own.
    "process": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "process",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    },
}

# --- Files --------------------------------------------------------------------------
MEDIA_ROOT = VAR_DIR / "media"
STATIC_URL = "/static/"
STATIC_ROOT = environment.folder(VAR_DIR / "static")
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = not PRODUCTION  # production serves what collectstatic wrote
STORAGES = {
    "default": environment.media_storage(),
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20  # bytes
DATA_UPLOAD_MAX_NUMBER_FILES = 2000
FILE_UPLOAD_HANDLERS = [
    "forgery.middleware.LargeBodiesWhereTaken",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_MIB", default=2048) * 2**20
"""Of photographs sent at a time, as sent and as unpacked."""
UPLOAD_MAX_FILES = env.int("UPLOAD_MAX_FILES", default=20_000)
"""In one archive."""

# --- Long work: Celery carries only the id of a Job row -----------------------------
CELERY_BROKER_URL = env("CELERY_BROKER_URL", default="filesystem://localhost//")
CELERY_BROKER_TRANSPORT_OPTIONS = environment.broker_options(CELERY_BROKER_URL, VAR_DIR)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "forgery.import_pool": {"queue": "default"},
    "forgery.*": {"queue": "gpu"},
    "detector.*": {"queue": "gpu"},
    "observers.score_study": {"queue": "gpu"},
    "observers.check_images": {"queue": "gpu"},
}
CELERY_TASK_IGNORE_RESULT = True  # the Job row is the result
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SOFT_TIME_LIMIT = 11 * 3600  # seconds; soft < hard < visibility
CELERY_TASK_TIME_LIMIT = 12 * 3600
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE = {
    "tick": {
        "task": "fundus_study.tick",
        "schedule": 60,  # seconds
        "options": {"expires": 55, "queue": "default"},
    },
    "forget-logins": {
        "task": "fundus_study.forget_logins",
        "schedule": 3600,  # seconds
        "options": {"expires": 3000, "queue": "default"},
    },
}
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")

# --- People -------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = ["fundus_study.signed_in.Backend"]
SESSION_ENGINE = "fundus_study.signed_in"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
ACCOUNT_ADAPTER = "fundus_study.accounts.Adapter"
ACCOUNT_EMAIL_VERIFICATION = "none"  # nobody signs up: coordinators invite
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Fundus Study"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION  # http://localhost
MFA_REQUIRED = env.bool("MFA_REQUIRED", default=PRODUCTION)
"""Whether staff, coordinators and analysts need a second factor."""
SESSION_COOKIE_AGE = 12 * 3600  # seconds: a reading day
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "fundus_study.errors.csrf_failure"
EMAIL_CONFIG = env.email("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
SITE_URL = env("SITE_URL", default="http://localhost:8000")
"""Where this server is found: for links in e-mails that no page sends."""
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="fundus-study@localhost")

# --- Language -----------------------------------------------------------------------
USE_TZ = True
TIME_ZONE = env("TIME_ZONE", default="UTC")
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("ko", _("Korean"))]
LOCALE_PATHS = [BASE_DIR / "fundus_study" / "locale"]

# --- What a browser may do ----------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "blob:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "worker-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
PERMISSIONS_POLICY = dict.fromkeys(
    (
        "accelerometer",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "microphone",
        "midi",
        "payment",
        "usb",
    ),
    "()",
)
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
if PRODUCTION:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_REDIRECT_EXEMPT = [r"^health/"]
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=365 * 86400)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True

# --- The API: denied unless a view says otherwise, in JSON only ---------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "fundus_study.api_pages.Pages",
    "EXCEPTION_HANDLER": "fundus_study.api_faults.answer",
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.ScopedRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {
        "rating": "120/min",
        "presentation": "240/min",
        "events": "120/min",
        "job": "60/hour",
        "progress": "120/min",
        "export": "60/hour",
        "invitation": "20/hour",
    },
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Fundus Study",
    "DESCRIPTION": "Reader studies of manipulated fundus photographs, for scripts.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "PREPROCESSING_HOOKS": ["fundus_study.api_docs.without_the_room"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "fundus_study.api_docs.with_refusals",
    ],
    "ENUM_NAME_OVERRIDES": {
        "StudyState": "observers.models.Study.State",
        "JobState": "forgery.models.Job.State",
        "PatientRole": "forgery.models.Reservation.Role",
        "TeamRole": "observers.models.StudyRole.Role",
    },
}
LOGIN_ATTEMPTS = env.int("LOGIN_ATTEMPTS", default=10)
"""Wrong passwords for one name from one address in 15 minutes before a pause."""
INVITATION_ATTEMPTS = env.int("INVITATION_ATTEMPTS", default=20)
"""Links that did not open, by address or beginning alike, before an hour's pause."""

# --- Logs: a request id on each line, nothing of truth --------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "fundus_study.requests.RequestIdFilter"}},
    "formatters": {
        "line": {
            "format": "{asctime} {levelname} {name} [{request_id}] {message}",
            "style": "{",
        }
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "filters": ["request_id"],
            "formatter": "line",
        }
    },
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="INFO")},
    "loggers": {"django.server": {"handlers": ["console"], "propagate": False}},
}
