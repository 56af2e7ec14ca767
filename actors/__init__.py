"""The actors: registry, one session per empresa, its broadcast, and the archive."""
