"""A day's work for a database driver, on 336,776 real flights. Run it with ``make demo``."""
