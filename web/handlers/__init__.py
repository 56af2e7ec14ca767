"""One module per part of the contract; each exports its `ROUTES`."""
