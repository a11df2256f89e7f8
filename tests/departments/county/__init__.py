"""A made-up county: its people, what five departments know of them, and the cases planted among them."""
