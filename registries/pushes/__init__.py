"""What registries tell us on their own: who sent it, and what it says."""
