"""The twin: invented persons, and every face that there is, so that a gateway has somebody to ask."""
