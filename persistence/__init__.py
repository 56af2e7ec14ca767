"""What outlives the server: empresas, their statuses and their numbered events."""
