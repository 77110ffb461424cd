"""Measures how well the assistant answers: questions in, a table, a report and an exit status out.

Knows `rag` by its public names alone (`ask`, the types, the settings, the errors), so that anything with an `ask` can
be measured by it. Start reading at `__main__.py`.
"""
