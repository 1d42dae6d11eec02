"""What the agency asks for when a technical problem is reported: kept encrypted when it happens, given out on demand."""
