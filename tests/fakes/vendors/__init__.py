"""Fakes of vendors' APIs, served over real sockets."""
