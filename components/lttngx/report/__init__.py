"""One page about a whole trace: what is on it, the data it draws, the HTML file which needs no network."""
