"""An order driven by a state machine of `transitions`, whose every step is signalled."""
