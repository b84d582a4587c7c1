"""Who is listening: bus, hub and mailboxes."""
