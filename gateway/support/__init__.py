"""What the agency asks for when a technical problem is reported: kept encrypted, given out on demand."""
