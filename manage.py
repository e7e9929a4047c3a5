#!/usr/bin/env python3
"""Django's command line for HarborGuard."""
# ruff: noqa: UP031, UP036  an old Python must get as far as the line that refuses it

import os
import sys


def main() -> None:
    if sys.version_info < (3, 11):
        found = "%d.%d" % sys.version_info[:2]
        sys.exit("HarborGuard needs Python 3.11 or newer; this is Python %s." % found)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "harborguard.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit("HarborGuard cannot start: %s" % error)


if __name__ == "__main__":
    main()
