"""Tax: tables of rules, the rates they give, the tax of a line and of a whole purchase."""
