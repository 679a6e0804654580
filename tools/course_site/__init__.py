"""The site of the course: a page for each notebook, with the outputs that are stored in it.

`build` makes it, in this order: `contents` says which pages there are, `notebook_page` makes a page
of a notebook, `api` writes the pages of the module, Sphinx builds them with `settings` and
`extension`, and `links` looks whether every link leads somewhere.
"""
