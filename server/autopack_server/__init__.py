"""The surfaces of Autopack: the command line (`cli`) and the language server (`lsp`)."""
