"""Rows of a list as a file, sent while they are read: a million take no more memory than a page.

Rows come in JSON's own types, under the names that the API has for them. Nothing is held in the
database meanwhile: a list is read on, page by page, behind the last row.
"""
