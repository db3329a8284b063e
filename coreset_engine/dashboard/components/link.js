// A link to another page with a whole address. It is opened as the browser's own Back and Forward open theirs: Streamlit
// then takes every control from the address. Its own links make several steps of history of one click where the page left
// has values of its own in the address.
export default function ({ data, parentElement }) {
  const link = parentElement.querySelector("a");
  link.textContent = data.text;
  link.href = data.address;
  link.onclick = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return; // a new tab or window
    event.preventDefault();
    window.history.pushState({}, "", link.href);
    window.dispatchEvent(new PopStateEvent("popstate"));
  };
}
