"""What each platform sends, and how it becomes posts; the spiders in crawlers/spiders/ decide what is asked for."""
