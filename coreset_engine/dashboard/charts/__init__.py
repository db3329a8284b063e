"""What charts share: colours and their form."""
