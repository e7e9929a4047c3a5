"""What products' own APIs have in common: questions, logins, pages and times."""
