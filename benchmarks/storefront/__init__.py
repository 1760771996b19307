"""What visitors of a shop look at: lists, pages of products, filters and searches."""
