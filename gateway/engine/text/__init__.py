"""Text that people type: normal form, names, links, and numbers that must not be kept."""
