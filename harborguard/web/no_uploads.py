"""No form takes a file: one that is sent is refused before any of it is kept.

Django's own handlers write all of a file to the disk for whoever asks for the form's token, which
the guard against forged requests does of a stranger too.
"""

from __future__ import annotations

from typing import Any, NoReturn

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler


class NoUploads(FileUploadHandler):
    def new_file(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise RequestDataTooBig("No file is taken here.")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Nothing comes here: each file is refused as it begins."""

    def file_complete(self, file_size: int) -> None:
        """Nor is one ever complete."""
