"""Index runs on a schedule, by the operating system's scheduler, or after each change."""
