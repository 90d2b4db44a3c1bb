"""Injected faults of disks and processes; scripts/soak runs all of them."""
