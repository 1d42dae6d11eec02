"""LEFI Asynkron from our side: an order of many questions, and what is delivered of it. See docs/asynkron.md."""
