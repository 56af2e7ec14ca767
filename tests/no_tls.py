"""For clients of servers without TLS, or httpx reads the machine's authorities: 18 ms a client."""

import ssl

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
