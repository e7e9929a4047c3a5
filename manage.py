#!/usr/bin/env python3
"""Django's command line for HarborGuard."""
# ruff: noqa: UP031, UP036  an old Python must get as far as the line that refuses it

import os
import sys


def main() -> None:
    if sys.version_info < (3, 11):
        found = "%d.%d" % sys.version_info[:2]
        sys.exit("HarborGuard needs Python 3.11 or newer; this is Python %s." % found)
    provide_streams()
    refuse_undecodable_arguments()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "harborguard.settings")
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db.utils import OperationalError

    try:
        settings.DEBUG  # noqa: B018  reads them all
    except ImproperlyConfigured as error:
        sys.exit("HarborGuard cannot start: %s" % error)
    except (KeyError, ValueError) as error:
        sys.exit("HarborGuard cannot start, a setting cannot be read: %s" % error)
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit("HarborGuard cannot start: %s" % error)
    except OperationalError as error:
        sys.exit("Cannot use the database: %s" % " ".join(str(error).split()))


def provide_streams() -> None:
    """A stream that the caller has closed is an empty one to the commands."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115


def refuse_undecodable_arguments() -> None:
    for word in sys.argv:
        try:
            word.encode()
        except UnicodeEncodeError:
            sys.exit("HarborGuard: %s is not UTF-8" % ascii(word))


if __name__ == "__main__":
    main()
