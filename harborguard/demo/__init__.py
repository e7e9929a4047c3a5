"""`make demo`: HarborGuard over registries of its own, where a month has passed and life goes on.

Everything on the way from a registry to a page is the product's: its client reads these
registries over HTTP, its pipeline writes the inventory, its webhooks take the pushes. Made up are
the registries, what happens in them, and the days that lie between (``passing_time``).
"""
