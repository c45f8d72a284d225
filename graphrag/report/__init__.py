"""The build report: one HTML file that shows a workspace, without a server and without a network."""
