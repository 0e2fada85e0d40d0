"""Fine-tuning: recipe, data, networks, losses, loop, export."""
