"""What happens on the phones of the simulated accounts: pairing, encryption, synced state."""
