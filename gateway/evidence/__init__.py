"""What comparisons prove: counts, coverage of fields, bounds, and the certificate that states them. No I/O."""
