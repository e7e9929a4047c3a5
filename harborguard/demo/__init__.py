"""`make demo`: HarborGuard with registries of its own, a month of history, and continuing changes.

Everything between a registry and a page is the product's: its client reads these registries over
HTTP, its pipeline writes the inventory, its webhooks receive the pushes. Made up are the
registries, what happens in them, and the days that pass in between (``passing_time``).
"""
