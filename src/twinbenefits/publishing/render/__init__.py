"""The embedded engine and the real Quarto, behind one function."""
