"""Rule files: YAML documents read into rulebooks."""
