"""The admin HTTP API: what the people with the phones do, and what there is to see of it."""
