"""A small real deployment on loopback: a service in two versions and a weighted gateway in front of them."""
