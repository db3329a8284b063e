"""What pages say about single samples and about where samples lie: plain functions on arrays, without Streamlit."""
