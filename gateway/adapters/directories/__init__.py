"""Address directories: imported files, and a directory service over HTTP."""
