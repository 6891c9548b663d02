"""What is said of a receipt that is held against the store."""

NO_RECEIPT = "That is no receipt; expected the JSON that the reading page gives at /q/…, as it is."
NO_RECEIPT_FIELD = (
    "That is no receipt: {field} is missing or cannot be; expected it as it was given."
)
UNREADABLE = "{path} cannot be read ({reason}); expected a receipt, or - for standard input."
WHOLE = (
    "Whole: version {version} of the article “{title}” says this in ¶{paragraph}, byte for byte."
)
ALTERED = "Altered: {fields}."
OTHERWISE = "The store has {fields} otherwise in version {version}."
FUTURE = "cited_at lies in the future, by the clock of this machine."
TOO_EARLY = "cited_at lies before version {version} was made."
APART = "Altered: text and sha256 do not belong together."
NO_SHELF = "Altered, or of another store: there is no shelf called {shelf} here."
NOT_KEPT = "Version {version} is no longer kept, so that this cannot be held against it. {now}"
STANDS = "The sentence stands word for word in the text in use, in ¶{paragraph}."
STANDS_NO_LONGER = "The sentence does not stand in the text in use."
OFF_THE_SHELF = "Its article is not on the shelf any more."
