"""The actors: a registry that supervises one session per empresa, its broadcast, and the archive."""
