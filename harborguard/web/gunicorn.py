"""Gunicorn's settings: its own messages in the form of all others, and no access log of its own.

That one would hold queries; ``harborguard.web.request_log`` writes the line for a request.
"""

import logging

from django.conf import settings

logconfig_dict = settings.LOGGING
loglevel = settings.LOGGING["root"]["level"].lower()
# What Python warns of is an event like any other.
logging.captureWarnings(True)
# The most that gunicorn takes: what is too long for a filter is for the API to refuse.
limit_request_line = 8190
