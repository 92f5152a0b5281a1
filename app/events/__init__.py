"""What a venue invites people to: one event per date, in the same calendar as everything else."""
