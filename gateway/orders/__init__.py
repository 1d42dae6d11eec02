"""Orders: many persons in one request, each asked about at most once in each version. See docs/orders.md."""
