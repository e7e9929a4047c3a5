"""Vendors' own APIs, as far as they are read, spoken over sockets."""
