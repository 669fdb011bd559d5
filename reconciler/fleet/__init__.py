"""What is decided for fleets of workers, from data alone."""
