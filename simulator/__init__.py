"""A WhatsApp Web server on loopback, with the phones of its users: a process of its own."""
