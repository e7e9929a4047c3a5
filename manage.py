#!/usr/bin/env python3
"""Django's command line for HarborGuard."""

import os
import sys


def main():
    if sys.version_info < (3, 11):
        found = "%d.%d" % sys.version_info[:2]
        sys.exit("HarborGuard needs Python 3.11 or newer; this is Python %s." % found)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "harborguard.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
