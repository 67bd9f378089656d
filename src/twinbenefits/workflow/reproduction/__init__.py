"""Run the study anew in a clean folder and say of every result whether it came out again."""
