"""The grammar of the app's charts: plain ECharts options, without Streamlit; `draw` alone puts them on a page."""
