"""What Discord lists of the commands by which a shelf is filled and looked after."""

COMMANDS = {
    "articles": "Fill and mend this community’s shelf (admins)",
    "add": "Put a file, a page or a text on the shelf; alone, it opens a form",
    "list": "Name the articles of this shelf",
    "show": "Tell of one article: where it came from, when, how it begins",
    "replace": "Put a newer file, page or text in place of an article",
    "rename": "Give an article another title",
    "remove": "Take an article off the shelf",
    "history": "Tell what was changed on this shelf lately",
    "contents": "Name the articles that may be asked about here",
    "add message": "Add to the shelf",
}
OPTIONS = {
    "file": "A file: txt, md, html, pdf or docx",
    "url": "A page to read, such as https://host/page",
    "title": "What it is to be called, where the file does not say",
    "date": "The day it was published, such as 2025-08-16",
    "link": "A link to the original, for its citations",
    "credit": "Author or source",
    "article": "Which article",
    "new title": "What it is to be called from now on; empty for what the file says",
}
