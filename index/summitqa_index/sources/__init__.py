"""Reading the sources: files, folders and pages to articles, in children that are shut in."""
