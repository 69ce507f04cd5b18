"""An order: receivers are asked for its price, and told of it when it stands."""
