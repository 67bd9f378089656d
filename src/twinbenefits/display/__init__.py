"""One function per display, named by what it shows."""
