"""The WhatsApp client of an empresa: its port, its worker process, and neonize inside it."""
