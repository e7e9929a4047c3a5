"""The sockets that libcurl holds open, so that another thread can abort what waits for them."""

from __future__ import annotations

import os
import socket
import threading

import pycurl


class OpenSockets:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._descriptors: set[int] = set()
        self._shut = False

    def opened(self, descriptor: int, _purpose: int) -> int:
        with self._lock:
            self._descriptors.add(descriptor)
            return pycurl.SOCKOPT_ERROR if self._shut else pycurl.SOCKOPT_OK

    def close(self, descriptor: int) -> int:
        with self._lock:
            self._descriptors.discard(descriptor)
            os.close(descriptor)
        return 0

    def shut(self) -> None:
        """Fail every exchange in progress, and prevent new connections."""
        with self._lock:
            self._shut = True
            for descriptor in self._descriptors:
                try:
                    with socket.socket(fileno=os.dup(descriptor)) as double:
                        double.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue


class DialledSocket(socket.socket):
    """A socket for libcurl, which keeps a duplicate of its descriptor and drops the object."""

    def __del__(self) -> None:
        self.close()
