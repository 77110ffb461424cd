"""Showing results: the table in a terminal, the page with its pictures, the questions on it."""
