"""The command line: parse, call one library function, print what it returns."""
