"""The LEFI gateway: faces in, upstreams out, and the machinery between them."""
