"""What several platforms share: windows, paging newest first, words."""
