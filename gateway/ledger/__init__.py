"""The disclosure ledger: two durable rows for each question to an agency, append-only and chained."""
