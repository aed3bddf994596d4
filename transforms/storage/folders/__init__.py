"""What lies in folders of this machine and of stores."""
