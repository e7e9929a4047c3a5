"""Errors of use cases as API problems, with fields named as in JSON."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework.exceptions import NotFound, ValidationError

from harborguard.api.naming import camel
from harborguard.api.refusals import Refusal
from harborguard.web.slots import Busy
from registries.errors import CredentialUnreadable
from registries.models import Registry
from registries.webhook.setup import NoPushes
from sync.dry_runs.lifecycle import DryRunInProgress
from sync.runs.lifecycle import SyncInProgress
from sync.services.confirming import NothingHeld

_PATHS = {
    "__all__": "body",
    "tag_include": "tagFilters.include",
    "tag_exclude": "tagFilters.exclude",
    "repository_include": "repositoryFilters.include",
    "repository_exclude": "repositoryFilters.exclude",
    "username": "credential.username",
    "password": "credential.secret",
}


def path_of(name: str) -> str:
    return _PATHS.get(name) or camel(name)


_RETRY_TEST_AFTER_SECONDS = 5


@contextmanager
def refusals_as_problems() -> Iterator[None]:
    """Turn errors of use cases into the API's problems."""
    try:
        yield
    except DjangoValidationError as error:
        raise _by_path(error) from None
    except Registry.DoesNotExist:
        raise NotFound from None
    except SyncInProgress as live:
        raise Refusal(409, live.code, f"{live}.", runId=live.run.pk) from None
    except DryRunInProgress as live:
        raise Refusal(409, live.code, f"{live}.", dryRunId=live.dry_run.pk) from None
    except NothingHeld as refusal:
        raise Refusal(409, refusal.code, f"{refusal}.") from None
    except NoPushes as refusal:
        raise Refusal(404, refusal.code, f"{refusal}.") from None
    except CredentialUnreadable as error:
        raise Refusal(503, error.code, f"{error}. {error.hint}.") from None
    except Busy as busy:
        raise Refusal(503, busy.code, str(busy), wait=_RETRY_TEST_AFTER_SECONDS) from None


def _by_path(error: DjangoValidationError) -> ValidationError:
    return ValidationError(
        {path_of(name): messages for name, messages in error.message_dict.items()}
    )
