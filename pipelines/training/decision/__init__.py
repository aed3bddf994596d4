"""Training of the trees that decide what two pictures are to one another."""
