"""What the reading page says."""

IS_OFF = "SUMMITQA_WEB_ACCESS is off, but the page can be served only where it is public or link."
ELSEWHERE = "This page is not at that address; whoever runs it can say so by SUMMITQA_WEB_URL."
REFUSED = "That cannot be asked of this page."
REFUSALS = {404: "There is nothing here to read."}
