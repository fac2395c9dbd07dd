"""Tables of facts about CodSpeed's tools, apart from the code that reads them."""
