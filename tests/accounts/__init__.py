"""People, accounts and keys through the pages that show and change them."""
