"""What translation costs, as multiples of reading the same bytes with orjson: `python -m bench`."""
