"""Tables and their schemas, loading, the door and release. Imports no other room."""
