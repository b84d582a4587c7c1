"""What the benchmarks of live rooms load servers with, and see them by."""
