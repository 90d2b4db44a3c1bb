"""Settings: schema, sources, secrets, and what child processes get.

Only this folder reads the environment.
"""
