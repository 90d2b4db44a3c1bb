"""Settings: schema, sources, secrets, and environments of child processes.

Only this folder reads the environment.
"""
