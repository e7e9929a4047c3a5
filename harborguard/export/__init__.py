"""Export the rows of a list as a file, streamed: a million take no more memory than a page.

Rows have JSON types and the API's names. Nothing is held in the database meanwhile: a list is read
page by page, each after the last row.
"""
