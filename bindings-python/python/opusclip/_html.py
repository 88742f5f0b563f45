"""Results as HTML for notebooks: self-contained, escaped, and readable on light and dark pages."""
