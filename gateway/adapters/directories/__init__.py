"""Address directories: imported files, and a directory asked over HTTP."""
