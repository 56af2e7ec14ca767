"""Media on the server's side: what a file is, fetching it from a URL, and keeping it."""
