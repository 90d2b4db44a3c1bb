"""What can go wrong with disks and processes, done on purpose; scripts/soak does all of it."""
