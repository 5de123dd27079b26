.PHONY: help
help:
	@echo "being built"
