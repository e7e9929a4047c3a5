"""Gunicorn's settings: log lines like all others, and no access log.

An access log would contain queries; ``harborguard.web.middleware`` logs requests.
"""

import logging

from django.conf import settings

logconfig_dict = settings.LOGGING
loglevel = settings.LOGGING["root"]["level"].lower()
# Python's warnings are log events like any other.
logging.captureWarnings(True)
# The most that gunicorn allows: the API itself refuses filters that are too long.
limit_request_line = 8190
