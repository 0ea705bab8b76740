"""The lab's scenarios: what is done to a node, what is watched meanwhile, and what must have come of it."""
