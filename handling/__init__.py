"""Message handlers: classes that answer an empresa's customers, each in a process of its own."""
