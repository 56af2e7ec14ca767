"""The HTTP and WebSocket side: routes, guards, and handlers that send messages to actors."""
