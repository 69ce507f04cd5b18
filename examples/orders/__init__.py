"""An order and what follows from it: one typed signal, three receivers, and what each returned."""
