"""What is done for whoever asks or looks after a shelf, the same for every platform."""
