"""SQL without a particular database: statements, sessions, leases and timestamps."""
