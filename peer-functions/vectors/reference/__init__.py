"""What the workloads answer, said once more in plain Python: slow, obvious, and sharing no code with any function."""
