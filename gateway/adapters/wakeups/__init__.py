"""Wake-ups within a process, and between processes by SQLite, Postgres, Redis or NATS."""
