"""Plans and outcomes as people and programs read them."""
