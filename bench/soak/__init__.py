"""A dispatcher under load for long: nothing lost, nothing twice, nothing left behind."""
