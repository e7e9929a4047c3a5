"""The settings. Every key has an embedded default; environment variables override it.

Without an environment this is one machine with SQLite and its own Valkey in ``var/``. With
DATABASE_URL and REDIS_URL it is production, which brings its own keys and host names. Any value may
come from a file instead: SECRET_KEY_FILE=/run/secrets/key (Docker secrets).
"""

from __future__ import annotations

import ipaddress
import warnings
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from kombu import Queue  # type: ignore[attr-defined]  # its export is lazy

from harborguard.access import limits
from harborguard.embedded import broker
from harborguard.embedded.key_files import load_or_create
from harborguard.ops import logs

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()
# Its warnings contain the whole URL, password included.
warnings.filterwarnings("ignore", module="environ")

DATA_DIR = Path(env.str("HARBORGUARD_DATA_DIR", default=str(BASE_DIR / "var"))).absolute()
EMBEDDED = not env.str("DATABASE_URL", default="")
DEBUG = env.bool("DEBUG", default=False)

# Keys. An embedded installation creates its own; production must bring them.
SECRET_KEY = (
    load_or_create(DATA_DIR / "secret-key")
    if EMBEDDED and not env.str("SECRET_KEY", default="")
    else env.str("SECRET_KEY")
)
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# "id:hex,id:hex": the first encrypts, all decrypt. `manage.py rotate_credential_keys` re-encrypts.
CREDENTIAL_KEYS: str = (
    f"local:{load_or_create(DATA_DIR / 'credential-key')}"
    if EMBEDDED and not env.str("HARBORGUARD_CREDENTIAL_KEYS", default="")
    else env.str("HARBORGUARD_CREDENTIAL_KEYS")
)

# Hosts
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if EMBEDDED else []
)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "harborguard.apps.HarborGuardConfig",
    "harborguard.access",
    "registries",
    "inventory",
    "django_celery_beat",  # before sync, which replaces its admin pages
    "sync",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "harborguard.apps.OnlyWhatIsServed",
    "django.contrib.humanize",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "knox",
    "rest_framework",
    "csp",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "harborguard.web.middleware.request_id",
    "harborguard.web.middleware.request_log",
    # Static files are answered above, already compressed. Responses with their own
    # Content-Encoding, such as streams that must arrive piece by piece, are left alone.
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "harborguard.web.middleware.private_pages",
    "harborguard.web.middleware.no_nul",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "harborguard.access.middleware.RoleMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "harborguard.urls"
WSGI_APPLICATION = "harborguard.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "harborguard.web.theme.theme",
            ],
        },
    }
]

# Database. On SQLite, one short write at a time; on PostgreSQL, a process that freezes inside a
# transaction is disconnected, so that a takeover never waits for it.
DATABASE: dict[str, Any] = env.db(
    "DATABASE_URL", default=f"sqlite:///{DATA_DIR}/harborguard.sqlite3"
)
if "ENGINE" not in DATABASE:
    raise ImproperlyConfigured("DATABASE_URL is invalid: write postgres://user:password@host/name")
DATABASE.setdefault("OPTIONS", {}).update(
    {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;",
    }
    if DATABASE["ENGINE"] == "django.db.backends.sqlite3"
    else {
        "connect_timeout": 5,
        "tcp_user_timeout": 30_000,
        "options": "-c idle_in_transaction_session_timeout=15000 -c lock_timeout=5000",
    }
)
DATABASE["CONN_MAX_AGE"] = 60
DATABASE["CONN_HEALTH_CHECKS"] = True
DATABASES = {"default": DATABASE}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Celery carries ids, and the database is the queue: losing a message costs seconds, never a run.
# https://docs.celeryq.dev/en/stable/userguide/configuration.html
CELERY_BROKER_URL = env.str("REDIS_URL", default="") or broker.url(DATA_DIR)
CELERY_BROKER_TRANSPORT_OPTIONS = broker.transport_options(CELERY_BROKER_URL, DATA_DIR)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CONCURRENCY = env.int("HARBORGUARD_WORKER_CONCURRENCY", default=2)
CELERY_WORKER_MAX_TASKS_PER_CHILD = 100
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_ACCEPT_CONTENT = ["json"]
# Syncs may take hours. The tick and webhooks must not wait behind them, so they have workers of
# their own. A worker started without queues takes all of them.
CELERY_TASK_DEFAULT_QUEUE = "sync"
CELERY_TASK_QUEUES = [Queue(name) for name in ("sync", "tick", "push")]  # type: ignore[no-untyped-call]
CELERY_TASK_ROUTES = {"sync.tick": {"queue": "tick"}, "sync.pushes": {"queue": "push"}}
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_SCHEDULE = {
    "sync tick": {"task": "sync.tick", "schedule": 30.0, "options": {"expires": 30.0}},
}

# Sync
SYNC_LEASE_SECONDS = env.int("HARBORGUARD_LEASE_SECONDS", default=180)
# A repository that is pushed to again within this time is read once, at its end.
PUSH_WINDOW_SECONDS = env.float("HARBORGUARD_PUSH_WINDOW_SECONDS", default=5.0)
# The URL under which registries reach webhooks; by default that of the request.
PUBLIC_URL = env.str("HARBORGUARD_PUBLIC_URL", default="")
# Requests to registries: allowed addresses, and deadlines.
REGISTRY_ALLOW_LOOPBACK = env.bool("HARBORGUARD_ALLOW_LOOPBACK", default=EMBEDDED)
REGISTRY_ALLOWED_NETWORKS = (
    tuple(ipaddress.ip_network(text) for text in env.list("HARBORGUARD_ALLOWED_NETWORKS"))
    if env.str("HARBORGUARD_ALLOWED_NETWORKS", default="")
    else None
)
REGISTRY_TIMEOUT_SECONDS = env.float("HARBORGUARD_REGISTRY_TIMEOUT_SECONDS", default=60.0)
REGISTRY_CATALOG_TIMEOUT_SECONDS = env.float("HARBORGUARD_CATALOG_TIMEOUT_SECONDS", default=300.0)
REGISTRY_ATTEMPTS = env.int("HARBORGUARD_REGISTRY_ATTEMPTS", default=4)
REGISTRY_CONCURRENCY = env.int("HARBORGUARD_REGISTRY_CONCURRENCY", default=16)

# Users
AUTH_USER_MODEL = "access.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "overview"
LOGOUT_REDIRECT_URL = "login"
# How many proxies append to X-Forwarded-For. Anything further left is not trusted.
TRUSTED_PROXIES = env.int("HARBORGUARD_TRUSTED_PROXIES", default=0)
# Limits on a user's requests, and on failed sign-ins.
LIMITS = limits.configured(
    {
        "sync": env.str("HARBORGUARD_LIMIT_SYNC", default="30/minute"),
        "test-connection": env.str("HARBORGUARD_LIMIT_TEST_CONNECTION", default="10/minute"),
        "keys": env.str("HARBORGUARD_LIMIT_KEYS", default="60/hour"),
        "login-account": env.str("HARBORGUARD_LIMIT_LOGIN_ACCOUNT", default="10/hour"),
        "login-address": env.str("HARBORGUARD_LIMIT_LOGIN_ADDRESS", default="20/hour"),
    }
)

# No uploads. DATA_UPLOAD_MAX_MEMORY_SIZE limits other bodies.
FILE_UPLOAD_HANDLERS = ["harborguard.web.no_uploads.NoUploads"]

# API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "harborguard.access.authentication.KeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["harborguard.access.role_permission.RolePermission"],
    "DEFAULT_THROTTLE_CLASSES": ["harborguard.access.throttling.RouteLimit"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "harborguard.api.negotiation.OnlyOneForm",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["harborguard.api.parsers.BoundedJSONParser"],
    "DEFAULT_FILTER_BACKENDS": [
        "django_filters.rest_framework.DjangoFilterBackend",
        "harborguard.api.ordering.OrderingBackend",
    ],
    "DEFAULT_PAGINATION_CLASS": "harborguard.api.pagination.NumberedPages",
    "DEFAULT_SCHEMA_CLASS": "harborguard.access.schema.RoleSchema",
    "EXCEPTION_HANDLER": "harborguard.api.problems.problem",
    "DEFAULT_METADATA_CLASS": None,
    "NON_FIELD_ERRORS_KEY": "body",
    "URL_FORMAT_OVERRIDE": None,
}
KNOX_TOKEN_MODEL = "access.ApiKey"  # noqa: S105  the name of a model
# Its only model is swapped for ours, so it needs no table.
MIGRATION_MODULES = {"knox": None}
REST_KNOX = {
    "TOKEN_PREFIX": "hg_",
    "TOKEN_TTL": None,
    "AUTH_HEADER_PREFIX": "Bearer",
    "AUTO_REFRESH": False,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "HarborGuard",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "DESCRIPTION": (
        "Every image in every registry of a team, and how healthy each connection is. Errors "
        "are problem details (RFC 9457) with a stable `code`; unknown fields, filters and "
        "orderings are refused, never ignored."
    ),
    "SERVERS": [{"url": "/", "description": "This installation"}],
    "TAGS": [
        {"name": "registries", "description": "Connections: their state, and actions on them."},
        {"name": "runs", "description": "Attempts to sync a registry."},
        {"name": "dry-runs", "description": "What a sync would change, without changing it."},
        {"name": "webhooks", "description": "How registries report pushes."},
        {"name": "repositories", "description": "The repositories in the inventory."},
        {
            "name": "images",
            "description": "One image for each repository and tag, with its history.",
        },
        {"name": "events", "description": "Changes of the inventory, as a feed."},
        {"name": "providers", "description": "The products that can be connected."},
        {"name": "me", "description": "The caller."},
        {"name": "keys", "description": "API keys."},
        {"name": "users", "description": "User accounts and their roles."},
        {"name": "audit", "description": "Who did what, when and from where."},
    ],
    "SERVE_PERMISSIONS": ["harborguard.access.role_permission.RolePermission"],
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {
        "deepLinking": True,
        "validatorUrl": None,
        "displayRequestDuration": True,
    },
    "SCHEMA_PATH_PREFIX": "/api/",
    "CAMELIZE_NAMES": True,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "DryRunState": "sync.models.DRY_RUN_STATES",
        "KeyStatus": "harborguard.access.keys.Status",
        "RemovedReason": "inventory.models.RemovedReason",
        "RegistryStatus": "registries.models.Status",
        "Role": "harborguard.access.models.Role.labels",
        "RunState": "sync.models.State",
    },
}

# Browsers. TLS ends at a proxy in production; an embedded installation uses plain HTTP on loopback.
HTTPS = env.bool("HARBORGUARD_HTTPS", default=not EMBEDDED)
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https")
    if env.bool("HARBORGUARD_TRUST_FORWARDED_PROTO", default=False)
    else None
)
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
# Other hosts of the domain are up to their owners.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "harborguard-session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "harborguard-csrf"
CSRF_FAILURE_VIEW = "harborguard.web.error_pages.form_expired"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    },
}

# Static files, served by the web process; in the image they are collected and hashed.
STATIC_URL = "static/"
STATIC_ROOT = env.str("HARBORGUARD_STATIC_ROOT", default=str(DATA_DIR / "static"))
WHITENOISE_USE_FINDERS = EMBEDDED
WHITENOISE_ALLOW_ALL_ORIGINS = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if EMBEDDED
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = False

# Operations
DEFAULT_EXCEPTION_REPORTER_FILTER = "harborguard.web.error_reports.WithoutValues"
LOGGING = logs.configuration(
    form=env.str("HARBORGUARD_LOG_FORMAT", default="line" if EMBEDDED else "json"),
    level=env.str("LOG_LEVEL", default="INFO"),
)
METRICS_NETWORKS = tuple(
    ipaddress.ip_network(text)
    for text in env.list(
        "HARBORGUARD_METRICS_ADDRESSES", default=["127.0.0.0/8", "::1/128"] if EMBEDDED else []
    )
)
