"""Wake-ups: within the process, and between processes by what is at hand."""
