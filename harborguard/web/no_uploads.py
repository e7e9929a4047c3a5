"""Refuse file uploads before anything is stored: no form takes a file.

Django's own handlers write the file to disk for anybody who requests a form's token, which the CSRF
check does for anonymous callers too.
"""

from __future__ import annotations

from typing import Any, NoReturn

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler


class NoUploads(FileUploadHandler):
    def new_file(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise RequestDataTooBig("Files are not accepted here.")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Never called: each file is refused at its start."""

    def file_complete(self, file_size: int) -> None:
        """Never called either."""
