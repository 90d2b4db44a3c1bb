"""Runs of ``semsearch index`` on a schedule, by what the machine has for that."""
